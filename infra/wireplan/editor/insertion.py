"""One more item in a list of the top level, in the layout that the file has: before all others, in a block or behind the bracket."""

from bisect import bisect_right

from wireplan.editor.positions import Text
from wireplan.findings import Edit, Place
from wireplan.load.document import Document


def item(document: Document, text: Text, key: str, written: str) -> Edit:
    """The edit that adds `written`, a value in flow style, to the list `key`. Its place is empty: the text goes between two letters."""
    at = document.find_key((key,))
    list_ = document.data.get(key) if at else None
    if at is None or not isinstance(list_, list):
        return (
            appended(document.file, text, f"{key}:\n  - {written}\n")
            if at is None
            else after_key(text, at, f" [{written}]")
        )
    first = document.find_key((key, 0))
    source, begin = text.text, text.letters(at)[1]
    if first is None:
        return between(document.file, text, source.index("[", begin) + 1, written)
    start = text.letter(first.line, first.column)
    lead = source[source.rfind("\n", 0, start) + 1 : start]
    if lead.strip() != "-":
        return between(document.file, text, source.index("[", begin) + 1, f"{written}, ")
    return between(document.file, text, start - len(lead), f"{lead}{written}\n")


def appended(file: str, text: Text, lines: str) -> Edit:
    """At the end of a file, on lines of its own."""
    before = "" if not text.text or text.text.endswith("\n") else "\n"
    end = len(text.text)
    return between(file, text, end, before + lines)


def after_key(text: Text, key: Place, written: str) -> Edit:
    """Behind the colon of a key that has nothing behind it."""
    colon = text.text.index(":", text.letters(key)[1])
    return between(key.file, text, colon + 1, written)


def between(file: str, text: Text, offset: int, written: str) -> Edit:
    """An edit that puts text before a letter."""
    line = bisect_right(text.yaml_lines, offset)
    column = offset - text.yaml_lines[line - 1] + 1
    return Edit(Place(file, line, column, line, column), written)
