"""The entry of every service: `python -m <package> serve | migrate | sql`."""

import asyncio
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tube_platform import logs, wiring
from tube_platform.wiring import WiringError

if TYPE_CHECKING:
    pass

USAGE = "usage: python -m {package} serve | migrate | sql"


def main(package: str) -> int:
    """Run a service; `package` is its import name."""
    command = sys.argv[1] if len(sys.argv) == 2 else ""
    if command not in {"serve", "migrate", "sql"}:
        print(USAGE.format(package=package), file=sys.stderr)
        return 2
    versions = Path(str(importlib.import_module(package).__file__)).parent / "migrations"
    try:
        return _run(command, package, versions)
    except WiringError as error:
        print(f"{package}: {error}", file=sys.stderr)
        return 2


def _run(command: str, package: str, versions: Path) -> int:
    if command == "sql":
        from tube_platform import migrate

        migrate.sql(versions)
        return 0
    loaded = wiring.load()
    logs.configure(loaded.service)
    if command == "serve":
        return asyncio.run(_serve(package, loaded))
    from tube_platform import migrate

    migrate.migrate(wiring.need(loaded.database, "database"), None if loaded.part_of else versions)
    return 0


async def _serve(package: str, loaded: wiring.Wiring) -> int:
    from tube_platform import telemetry
    from tube_platform.app import App

    telemetry.configure(loaded)
    app = App(loaded)
    # A channel that is split off runs the code of its whole, and of that only what sends.
    module = "delivery" if loaded.part_of else "wired"
    wire: Callable[[App], None] = importlib.import_module(f"{package}.{module}").wire
    wire(app)
    try:
        return await app.run()
    finally:
        telemetry.shutdown()
