"""Real films, a second long and a few kilobytes. Each can be told from every other by its bytes."""

import struct
import subprocess
from pathlib import Path

import imageio_ffmpeg


def base(path: Path, seconds: int = 1, size: str = "128x72") -> bytes:
    """The film that all others are made of; made once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.mp4")
        picture = f"testsrc=duration={seconds}:size={size}:rate=10"
        sound = f"sine=frequency=440:duration={seconds}"
        inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
        coding = [
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-pix_fmt",
            "yuv420p",
            "-c:a",
            "aac",
            "-b:a",
            "32k",
        ]
        ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
        subprocess.run([ffmpeg, "-v", "error", "-y", *inputs, *coding, "-shortest", part], check=True)
        part.rename(path)
    return path.read_bytes()


def unique(film: bytes, text: str) -> bytes:
    """The same film with `text` in a `free` box at its end, which players pass over (ISO/IEC 14496-12, 8.1.2)."""
    body = text.encode()
    return film + struct.pack(">I4s", 8 + len(body), b"free") + body
