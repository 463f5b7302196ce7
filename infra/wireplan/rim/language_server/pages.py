"""What `wireplan explain` says of a code as a file that an editor can open: the pages come with the version that is installed."""

from contextlib import suppress
from functools import cache

import wireplan
from wireplan.rim import cases, files, home


@cache
def address(code: str) -> str | None:
    """The address of a code's page; None where there is none, or it cannot be written."""
    from wireplan.report import pages
    from wireplan.report.entries import entries

    entry = entries().get(code)
    if entry is None:
        return None
    text = pages.page(entry, cases.of(code))
    path = home.cache() / "pages" / wireplan.__version__ / f"{code}.md"
    with suppress(OSError):
        files.write(path, f"# {code}\n\n```text\n{text}```\n")
        return path.as_uri()
    return None
