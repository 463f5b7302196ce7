"""What is there and what is not, for `tools list`."""

from dataclasses import asdict, dataclass

from wireplan.rim.engines import places
from wireplan.rim.engines.kinds import Engine
from wireplan.rim.engines.table import ENGINES


@dataclass(frozen=True)
class Row:
    """One program as it stands on this machine."""

    name: str
    version: str
    purpose: str
    ways: tuple[str, ...]
    where: str
    note: str

    def document(self) -> dict[str, object]:
        """As JSON has it."""
        return asdict(self)


def survey() -> list[Row]:
    """Every program, in the table's order."""
    return [row(engine) for engine in ENGINES.values()]


def row(engine: Engine) -> Row:
    """One program: our own copy first, as `path` has it."""
    ways = tuple(type(way).__name__.lower() for way in engine.ways)
    if own := places.installed(engine):
        return Row(engine.name, own.parent.name, engine.purpose, ways, str(own), engine.note)
    if found := places.on_path(engine):
        return Row(engine.name, found[1], engine.purpose, ways, str(found[0]), engine.note)
    return Row(engine.name, engine.version, engine.purpose, ways, "", engine.note)


def table(rows: list[Row]) -> str:
    """Aligned lines: name, version, purpose, where it is or how it would be had."""
    width = max(len(one.name) for one in rows)
    return "\n".join(
        f"{one.name:{width}}  {one.version:9}  {one.purpose:8}  {one.where or 'not here; by ' + ', then '.join(one.ways)}"
        for one in rows
    )
