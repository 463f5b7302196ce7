"""ffmpeg in a process of its own: a film becomes an HLS rendition of short segments.

Strangers made the input. So ffmpeg may read only the one file, only in container formats that hold a film in themselves (a playlist could name
other files), and it is killed with its children when the attempt ends.
"""

import asyncio
import contextlib
import hashlib
import os
import re
import signal
from dataclasses import dataclass
from pathlib import Path

from tube_platform.kafka.failures import Poison

SEGMENT_SECONDS = 4
WIDEST = 1280
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,ogg,asf"
STDERR_KEPT = 2000

UNREADABLE = (
    "invalid data found",
    "moov atom not found",
    "matches no streams",
    "does not contain any stream",
    "not on whitelist",
    "not in allowed",
    "could not find codec parameters",
    "decoder not found",
    "unknown decoder",
    "error opening input",
)


class TranscodeError(Exception):
    """ffmpeg failed for a reason that may not be the film's: no space, killed by the kernel."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """What ffmpeg made: files by their name in the bucket; the playlist is the last."""

    files: dict[str, Path]
    duration_ms: int
    segments: int

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum(path.stat().st_size for path in self.files.values())


def program() -> str:
    """The ffmpeg that the wheel ships, unless the environment names another."""
    if named := os.environ.get("FFMPEG"):
        return named
    import imageio_ffmpeg  # pyright: ignore[reportMissingTypeStubs]

    return imageio_ffmpeg.get_ffmpeg_exe()


async def transcode(film: Path, folder: Path) -> Rendition:
    """Make the rendition; raises Poison for what is no film."""
    status, errors = await _run(arguments(film, folder), folder)
    if status != 0:
        if status > 0 and any(sign in errors.lower() for sign in UNREADABLE):
            raise Poison(f"this file is no film that can be read ({_last_line(errors)})")
        raise TranscodeError(f"ffmpeg ended with {status}: {_last_line(errors)}")
    return await asyncio.to_thread(name_by_content, folder)


def arguments(film: Path, folder: Path) -> list[str]:
    """ffmpeg's command line: H.264 and AAC in fragmented MP4, which browsers play without a library."""
    return [
        program(), "-nostdin", "-hide_banner", "-loglevel", "error", "-y",
        "-protocol_whitelist", "file", "-format_whitelist", FORMATS, "-i", str(film),
        "-map", "0:v:0", "-map", "0:a:0?", "-map_metadata", "-1", "-threads", "2",
        "-vf", f"scale=w='trunc(min({WIDEST},iw)/2)*2':h=-2",
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-profile:v", "main", "-pix_fmt", "yuv420p",
        "-force_key_frames", f"expr:gte(t,n_forced*{SEGMENT_SECONDS})", "-sc_threshold", "0",
        "-c:a", "aac", "-ac", "2", "-ar", "48000", "-b:a", "128k",
        "-f", "hls", "-hls_time", str(SEGMENT_SECONDS), "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4",
        "-hls_fmp4_init_filename", "init.mp4", "-hls_segment_filename", str(folder / "segment%05d.m4s"),
        str(folder / "index.m3u8"),
    ]  # fmt: skip


def name_by_content(folder: Path) -> Rendition:
    """Name segments by what is in them: the same name never has other bytes, so caches may keep it for ever."""
    playlist = folder / "index.m3u8"
    text = playlist.read_text()
    files: dict[str, Path] = {}
    for path in sorted([*folder.glob("*.m4s"), *folder.glob("init*.mp4")]):
        name = hashlib.sha256(path.read_bytes()).hexdigest()[:24] + path.suffix
        text = text.replace(path.name, name)
        files[name] = path
    playlist.write_text(text)
    durations = [float(seconds) for seconds in re.findall(r"#EXTINF:([0-9.]+)", text)]
    if not durations:
        raise Poison("this film has no pictures")
    return Rendition(files | {"index.m3u8": playlist}, round(sum(durations) * 1000), len(durations))


async def _run(command: list[str], folder: Path) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        env={"PATH": "/usr/bin:/bin", "TMPDIR": str(folder)},
    )
    try:
        errors = await _tail(process.stderr)
        await process.wait()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        raise
    return process.returncode or 0, errors.decode("utf-8", "replace")


async def _tail(stream: asyncio.StreamReader | None) -> bytes:
    """The end of what is written: a film that is broken everywhere makes more complaints than there is memory."""
    kept = b""
    while stream and (chunk := await stream.read(65536)):
        kept = (kept + chunk)[-STDERR_KEPT:]
    return kept


def _last_line(errors: str) -> str:
    """The tail of ffmpeg's complaint, without paths of this machine."""
    lines = [line for line in errors.strip().splitlines() if line.strip()]
    return re.sub(r"/\S*/", "", lines[-1])[:200] if lines else "no reason given"
