"""Write files so that nothing half-written is ever seen."""

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from wireplan.rim.trouble import Trouble


def write(path: Path, content: str | bytes, mode: int = 0o644, *, sync: bool = True) -> bool:
    """Write `content` to `path` by a temporary file and a rename; make its folders.

    Without `sync` a killed process still leaves no half file, only a power cut may: for the many files that can be made again.
    Returns whether the file changed: an equal file is left alone, its times included.
    """
    data = content.encode() if isinstance(content, str) else content
    if path.is_file() and path.read_bytes() == data:
        path.chmod(mode)
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            if sync:
                out.flush()
                os.fsync(out.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return True


@contextmanager
def writing(place: Path, fix: str = "") -> Generator[None]:
    """Around whatever writes `place`, a file or a folder: a disk that refuses is told in one wording everywhere.

    Raises:
        Trouble: something could not be written: `place`, or what the system names in it.
    """
    try:
        yield
    except OSError as error:
        inside = error.filename if error.filename and Path(error.filename).is_relative_to(place) else place
        why = error.strerror or str(error)
        raise Trouble(f"{inside} could not be written", why=why, fix=fix) from error
