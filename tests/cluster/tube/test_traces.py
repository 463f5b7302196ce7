"""One trace of one upload: from the request that completes it to whoever hears of the film, through all that lies between."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.tube.collector import Collector, Span, running
from tests.cluster.tube.kube import Kube
from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import Browser, User

SERVICES = ("gateway", "auth", "upload", "processing", "catalog", "statistics", "notifications")
COMPLETES = "POST /v1/videos/{video_id}/complete"
WAY = {
    ("gateway", COMPLETES),
    ("gateway", "tube.upload.v1.UploadService/CompleteVideo"),
    ("upload", "tube.upload.v1.UploadService/CompleteVideo"),
    ("upload", "transaction uploads"),
    ("upload", "send video.uploaded"),
    ("processing", "process video.uploaded"),
    ("processing", "send video.processed"),
    ("upload", "process video.processed"),
    ("catalog", "process video.processed"),
    ("statistics", "process video.processed"),
    ("notifications", "process video.processed"),
    ("auth", "tube.auth.v1.AuthService/ReserveQuota"),
    ("catalog", "tube.catalog.v1.CatalogService/PublishVideo"),
}
"""What an upload passes: REST, gRPC, SQL, outbox, Kafka; its saga asks auth and catalog on the way."""


@pytest.fixture(scope="module")
def collector(kube: Kube) -> Iterator[Collector]:
    """A backend that takes the spans of all services."""
    with running(kube, SERVICES) as found:
        yield found


def of_upload(spans: list[Span]) -> list[Span]:
    """The spans of the trace in which the film was completed; of several tries the one that went through."""
    traces = [each.trace for each in spans if each.name == COMPLETES and not each.failed]
    return [each for each in spans if traces and each.trace == traces[-1]]


def test_an_upload_is_one_trace_through_all_that_takes_part(
    collector: Collector, browser: Browser, film: Path
) -> None:
    user = User(browser.new(), film.read_bytes()).register()
    video = user.upload("a film that is followed")
    user.until(video, "ready", within=180)

    def whole() -> list[Span]:
        found = of_upload(collector.spans())
        missing = WAY - {(each.service, each.name) for each in found}
        assert not missing, missing
        return found

    spans = eventually(whole, "every hop has sent its span", 60)
    known = {each.id for each in spans}
    roots = [each for each in spans if each.parent not in known]
    assert [(each.service, each.name, each.parent) for each in roots] == [("gateway", COMPLETES, "")]
    said = " ".join(str(each) for each in spans)
    for secret in (user.email, user.id, user.tokens["access_token"], "a film that is followed"):
        assert secret not in said
