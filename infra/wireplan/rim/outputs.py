"""Where the formats of one run go: one to stdout, the others to files of their own (`--format text --format json=found.json`)."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wireplan.rim import files, talk
from wireplan.rim.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Output:
    """One format and its file; stdout without one."""

    format: str
    file: Path | None = None


def outputs(wanted: Sequence[str], known: Sequence[str]) -> tuple[Output, ...]:
    """What the words `FORMAT` and `FORMAT=FILE` ask for, the first known format to stdout if nothing does.

    Raises:
        Trouble: a format is not known, or two would share stdout or a file.
    """
    found = tuple(output(word, known) for word in wanted) or (Output(known[0]),)
    for index, each in enumerate(found):
        if any(each.file == other.file for other in found[:index]):
            where = each.file or "stdout"
            raise Trouble(
                f"two formats would be written to {where}",
                fix=f"give one a file: --format {each.format}=FILE",
            )
    return found


def output(word: str, known: Sequence[str]) -> Output:
    """One of them."""
    name, equals, file = word.partition("=")
    if name not in known:
        raise Trouble(f"there is no format {name!r}", fix=f"use one of {', '.join(known)}")
    if equals and not file:
        raise Trouble(
            f"--format {word} names no file", fix=f"write --format {name}=FILE, or --format {name} for stdout"
        )
    return Output(name, Path(file) if file else None)


def deliver(texts: Iterable[tuple[Output, str]]) -> None:
    """Write each text where it belongs; each file is named on stderr.

    Raises:
        Trouble: a file cannot be written.
    """
    for each, text in texts:
        if each.file is None:
            sys.stdout.write(text)
        else:
            tell(each.file, changed=write(each.file, text))


def tell(file: Path, *, changed: bool) -> None:
    """Say that a file which a person asked for is there now."""
    talk.say(f"{file}: {'written' if changed else 'unchanged'}")


def write(file: Path, text: str, mode: int = 0o644) -> bool:
    """Write a file that a person named; whether it changed.

    Raises:
        Trouble: it cannot be written.
    """
    with files.writing(file):
        return files.write(file, text, mode)


def text_of(file: Path) -> str:
    """The text of a file that a person named.

    Raises:
        Trouble: it cannot be read.
    """
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise Trouble(f"{file} could not be read", why=error.strerror or str(error)) from error
