"""What the CDN gets: types, caching, ranges (row P3)."""

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tube_media import ranges
from tube_media.application import application
from tube_media.ranges import UnsatisfiableError
from tube_media.wired import Parts
from tube_platform.testing.fakes import MemoryBucket

VIDEO = "1422de6e-9433-4cbd-8635-b0b47410bd21"
SEGMENT, PLAYLIST = f"/{VIDEO}/1de91ccfdb7b81f7325ab0e1.m4s", f"/{VIDEO}/index.m3u8"
BYTES = bytes(range(256)) * 4


@pytest.fixture
def media() -> httpx2.AsyncClient:
    """A client of the application."""
    bucket = MemoryBucket({SEGMENT[1:]: BYTES, PLAYLIST[1:]: b"#EXTM3U\n"})
    transport = httpx2.ASGITransport(application(Parts(bucket)))
    return httpx2.AsyncClient(transport=transport, base_url="http://media")


async def test_segment_is_kept_for_ever_and_a_playlist_for_a_minute(media: httpx2.AsyncClient) -> None:
    """Segments are named by their bytes."""
    segment, playlist = await media.get(SEGMENT), await media.get(PLAYLIST)
    assert segment.content == BYTES
    assert segment.headers["content-length"] == str(len(BYTES))
    assert "immutable" in segment.headers["cache-control"]
    assert segment.headers["content-type"] == "video/iso.segment"
    assert "immutable" not in playlist.headers["cache-control"]
    assert playlist.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert playlist.headers["access-control-allow-origin"] == "*"


async def test_known_bytes_are_not_sent_again(media: httpx2.AsyncClient) -> None:
    """304 for the same tag, strong or weak."""
    tag = (await media.get(SEGMENT)).headers["etag"]
    for given_tag in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        found = await media.get(SEGMENT, headers={"if-none-match": given_tag})
        assert (found.status_code, found.content) == (304, b"")
    assert (await media.get(SEGMENT, headers={"if-none-match": '"other"'})).status_code == 200


@pytest.mark.parametrize(
    ("asked", "part", "said"),
    [
        ("bytes=0-0", BYTES[:1], "bytes 0-0/1024"),
        ("bytes=100-199", BYTES[100:200], "bytes 100-199/1024"),
        ("bytes=1000-", BYTES[1000:], "bytes 1000-1023/1024"),
        ("bytes=-24", BYTES[-24:], "bytes 1000-1023/1024"),
        ("bytes=1000-5000", BYTES[1000:], "bytes 1000-1023/1024"),
        ("bytes=-5000", BYTES, "bytes 0-1023/1024"),
    ],
)
async def test_ranges(media: httpx2.AsyncClient, asked: str, part: bytes, said: str) -> None:
    """206 with exactly these bytes."""
    found = await media.get(SEGMENT, headers={"range": asked})
    assert (found.status_code, found.content, found.headers["content-range"]) == (206, part, said)
    assert found.headers["content-length"] == str(len(part))


async def test_ranges_that_cannot_be_or_make_no_sense(media: httpx2.AsyncClient) -> None:
    """416 behind the end; the whole for what is no single range, and for a range of another version."""
    found = await media.get(SEGMENT, headers={"range": "bytes=1024-"})
    assert (found.status_code, found.headers["content-range"]) == (416, "bytes */1024")
    for asked in ("bytes=5-1", "bytes=0-1,5-6", "lines=1-2", "bytes=-", f"bytes=0-{'9' * 5000}"):
        assert (await media.get(SEGMENT, headers={"range": asked})).status_code == 200
    old = {"range": "bytes=0-1", "if-range": '"old"'}
    assert (await media.get(SEGMENT, headers=old)).status_code == 200


async def test_head_has_the_headers_and_no_body(media: httpx2.AsyncClient) -> None:
    """With the length of the whole, as caches want it."""
    found = await media.head(SEGMENT)
    assert (found.status_code, found.content, found.headers["content-length"]) == (200, b"", "1024")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        f"/{VIDEO}/none.m4s",
        "/../secret",
        f"/{VIDEO}/../x.m4s",
        f"/{VIDEO}/a/b.m4s",
        "/x.sh",
    ],
)
async def test_nothing_else_is_served(media: httpx2.AsyncClient, path: str) -> None:
    """Only files of a rendition, whatever the path looks like."""
    found = await media.get(path)
    assert found.status_code == 404
    assert "cache-control" not in found.headers


@given(
    st.integers(1, 500), st.one_of(st.none(), st.integers(0, 600)), st.one_of(st.none(), st.integers(0, 600))
)
def test_range_is_always_within_the_object(size: int, first: int | None, last: int | None) -> None:
    """Whatever is asked, what is served exists."""
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    try:
        found = ranges.parse(header, size)
    except UnsatisfiableError:
        assert (first is not None and first >= size) or (first is None and last == 0)
        return
    if found:
        assert 0 <= found.start < found.end <= size
