"""Run a folder's program as Pulumi does, in that folder, with a mocked engine: print what it logs and how it ends, as JSON."""

import asyncio
import json
import logging
import sys

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime.stack import run_pulumi_func
from wireplan.rim.program import run
from wireplan.rim.program.guards import Guards

from tests.program import registered

logged: list[tuple[str, str]] = []


class Notes(logging.Handler):
    """Notes what the program lets the engine show."""

    def emit(self, record: logging.LogRecord) -> None:
        logged.append((record.levelname, record.getMessage()))


def main(environment: str) -> None:
    """The program of the current folder."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    logger = logging.Logger("engine", logging.INFO)
    logger.addHandler(Notes())
    engine = registered.Engine()
    monitor: mocks.MockMonitor = registered.Monitor(engine)
    pulumi.runtime.set_mocks(engine, "shop", environment, preview=True, logger=logger, monitor=monitor)
    Guards.hooks = registered.without_hooks
    refusal = ""
    try:
        loop.run_until_complete(run_pulumi_func(lambda: run("__main__.py")))
    except pulumi.RunError as error:
        refusal = str(error)
    print(json.dumps({"logged": logged, "refusal": refusal, "registered": len(registered.seen)}))


if __name__ == "__main__":
    main(sys.argv[1])
