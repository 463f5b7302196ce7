"""Services know each other by certificates, which change while everything runs (docs/identity-of-services.md)."""

import json
from collections.abc import Iterator

import pytest
from cryptography import x509

from tests.cluster.judge import HELD, Demand, Fault
from tests.cluster.tube.conftest import Loads
from tests.cluster.tube.kube import Kube, Object, RefusedError, names
from tests.cluster.tube.load import Court, Load, fault
from tests.cluster.tube.metrics import total, totals
from tests.cluster.tube.rpc import call
from tests.cluster.tube.system import ROOT
from tests.cluster.tube.wait import eventually

CREATE = "/tube.upload.v1.UploadService/CreateVideo"
RENEWED = ("gateway", "upload", "auth", "catalog")
FILES = ("tls.crt", "tls.key", "ca.crt")
SPREAD = 180.0
"""Seconds until every pod has what was written."""


@pytest.fixture(scope="module")
def gateway(kube: Kube) -> str:
    """A pod that may reach upload."""
    return names(kube.ready_pods("gateway"))[0]


def secret(service: str) -> str:
    """Where a service's certificate is kept."""
    return f"{service}-mtls"


def ends(kube: Kube, service: str) -> float:
    """When the certificate in a service's Secret ends; 0 while there is none."""
    data = kube.get("secret", secret(service)).get("data") or {}
    if not set(FILES) <= set(data):
        return 0.0
    text = kube.secret(secret(service))["tls.crt"].encode()
    return x509.load_pem_x509_certificate(text).not_valid_after_utc.timestamp()


def test_a_call_with_the_certificate_of_the_caller_reaches_the_service(kube: Kube, gateway: str) -> None:
    status, text = call(kube, gateway, CREATE, b"", "upload")
    assert status == "INVALID_ARGUMENT", text  # the service's own answer to an empty request


def test_a_call_in_plain_text_is_refused(kube: Kube, gateway: str) -> None:
    status, text = call(kube, gateway, CREATE, b"", "upload", None)
    assert status == "UNAVAILABLE", text


def test_a_call_that_the_graph_does_not_have_is_refused_and_counted(kube: Kube, gateway: str) -> None:
    """From a pod that the network lets in, with the certificate of a service that may not: what the policies say is not what is tried here."""
    pods = names(kube.ready_pods("upload"))
    before = sum(totals(kube, pods, "peers_refused_total", peer="statistics").values())
    status, text = call(kube, gateway, CREATE, b"", "upload", kube.secret(secret("statistics")))
    assert (status, text) == (
        "PERMISSION_DENIED",
        "statistics may not call upload: the topology has no services.statistics.calls.upload",
    )
    after = sum(totals(kube, pods, "peers_refused_total", peer="statistics").values())
    assert after == before + 1


def test_every_pod_says_when_its_certificate_ends(kube: Kube) -> None:
    for service in RENEWED:
        for pod in names(kube.ready_pods(service)):
            assert total(kube, pod, "certificate_expires_timestamp_seconds") == pytest.approx(
                ends(kube, service), abs=1
            )


def test_what_signs_may_touch_its_own_secrets_and_no_others(kube: Kube) -> None:
    def may(verb: str, what: str) -> bool:
        who = f"--as=system:serviceaccount:{kube.namespace}:certificates"
        try:
            return kube.run("auth", "can-i", verb, what, who).strip() == "yes"
        except RefusedError:  # a no ends with 1
            return False

    assert may("get", f"secrets/{secret('upload')}")
    assert may("patch", "secrets/certificates-authority")
    for verb, what in (
        ("get", "secrets/objects"),
        ("list", "secrets"),
        ("create", "secrets"),
        ("get", "pods"),
        ("delete", f"secrets/{secret('upload')}"),
    ):
        assert not may(verb, what), (verb, what)


def test_no_key_is_in_the_state_in_plain_text(kube: Kube) -> None:
    keys = [
        value
        for name in ("certificates-authority", *(secret(service) for service in RENEWED))
        for key, value in (kube.get("secret", name).get("data") or {}).items()
        if key.endswith(".key")
    ]
    assert len(keys) > len(RENEWED)
    files = [path for path in (ROOT / "stacks" / "tube" / "state").rglob("*") if path.is_file()]
    text = "\n".join(path.read_text(errors="replace") for path in files)
    assert text
    assert not [key for key in keys if key in text]


def test_certificates_renewed_under_uploads_fail_none_and_restart_nothing(
    kube: Kube, court: Court, loads: Loads, calm: None
) -> None:
    before = dict(lives(kube))
    with loads.start("renewed", pace=0.7) as load:
        load.goes_on(5)
        faults = [renewed(kube, load)]
        load.goes_on(5)
        verdict = court.verdict(load, faults, Demand(before=5, during=2, after=5))
        failed = [op for op in load.ops() if not op.acknowledged or op.errors]
    assert verdict.result == HELD, str(verdict)
    assert not failed, json.dumps([(op.op, op.state, op.note, op.errors) for op in failed][:10])
    assert dict(lives(kube)) == before


def renewed(kube: Kube, load: Load) -> Fault:
    """Empty the Secrets: they are filled again, and every pod takes what is in its own. The trace: when the certificates end.

    All at once: a kubelet takes its time until it looks at a Secret again, and takes it for all in the same minute.
    """
    then = {service: ends(kube, service) for service in RENEWED}

    def emptied() -> None:
        for service in RENEWED:
            kube.patch("secret", secret(service), {"data": dict.fromkeys(FILES)})
            kube.disown("secret", secret(service))

    def others() -> dict[str, float]:
        now = {service: ends(kube, service) for service in RENEWED}
        return now if all(now[service] > then[service] for service in RENEWED) else {}

    def taken() -> str:
        wanted = eventually(others, "each has another certificate", SPREAD, every=1)
        for service in RENEWED:
            kube.mounted_anew(service)

        def everywhere() -> bool:
            for service in RENEWED:
                pods = names(kube.ready_pods(service))
                shown = totals(kube, pods, "certificate_expires_timestamp_seconds")
                assert all(value == pytest.approx(wanted[service], abs=1) for value in shown.values()), (
                    service
                )
            return True

        eventually(everywhere, "every pod shows its own", SPREAD)
        load.goes_on(5)
        return f"{wanted}"

    return fault(f"the certificates of {', '.join(RENEWED)}", f"{then}", emptied, taken)


def lives(kube: Kube) -> Iterator[tuple[str, tuple[str, int]]]:
    """Every pod of the services that were renewed, with its UID and how often its containers began again."""
    for service in RENEWED:
        for pod in kube.pods(service):
            yield pod["metadata"]["name"], (pod["metadata"]["uid"], restarts(pod))


def restarts(pod: Object) -> int:
    """How often a pod's containers were started again."""
    return sum(each["restartCount"] for each in pod["status"].get("containerStatuses") or ())
