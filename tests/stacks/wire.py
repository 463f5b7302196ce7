"""Run by the Python of a services' workspace: make each service's parts from its wiring, and say what it asked for.

Nothing is started. Wirings come as JSON by stdin; what leaves by stdout is a list of parts a service.
"""

import asyncio
import importlib
import json
import sys
from typing import Any

ONE = {
    "database": "database",
    "outbox": "outbox",
    "issuer": "tokens",
    "verifier": "verifies",
    "serve_grpc": "grpc",
    "serve_http": "http",
    "sagas": "sagas",
    "logins": "logins",
}
NAMED = {"client": "calls", "bucket": "buckets", "consume": "consumes"}


async def asked(data: dict[str, Any]) -> list[str]:
    """What the code of a service asks of its App, `wired.py` or, of a channel that is split off, `delivery.py`; a part that the wiring lacks ends this program."""
    platform = f"{data['system']}_platform".replace("-", "_")
    parse = importlib.import_module(f"{platform}.wiring").parse
    app, found = importlib.import_module(f"{platform}.app").App(parse(data)), set[str]()

    def listen(method: str) -> None:
        real = getattr(app, method)

        def told(*given: Any) -> Any:
            found.add(ONE.get(method) or f"{NAMED[method]} {given[0]}")
            if method == "consume":
                found.add(f"{given[0]} carries {given[1].message.DESCRIPTOR.full_name}")
            return real(*given)

        setattr(app, method, told)

    for method in [*ONE, *NAMED]:
        listen(method)
    whole = data.get("part_of")
    module = f"{data['system']}_{whole or data['service']}".replace("-", "_")
    importlib.import_module(f"{module}.{'delivery' if whole else 'wired'}").wire(app)
    return sorted(found)


async def main() -> None:
    """All services of a system."""
    wirings = json.load(sys.stdin)
    json.dump({name: await asked(data) for name, data in wirings.items()}, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
