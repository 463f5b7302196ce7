"""The routes of an application, as its code spells them."""

import sys
from collections.abc import Iterable, Iterator
from re import Pattern
from typing import Any

from starlette.routing import compile_path


class Routes:
    """The routes of an application: `GET /v1/orders/{order_id}`."""

    def __init__(self, application: Any) -> None:
        self._known = list(_routes(getattr(application, "routes", ())))
        self.names = frozenset(name for _, _, name in self._known)

    def of(self, method: str, path: str) -> str:
        """The route of a request; the first that fits, as the router takes it."""
        wanted = "GET" if method == "HEAD" else method
        fits = (name for verb, pattern, name in self._known if verb == wanted and pattern.match(path))
        return next(fits, "")

    def methods(self, path: str) -> list[str]:
        """Every method that a path has, whichever route has it."""
        return sorted({verb for verb, pattern, _ in self._known if pattern.match(path)})


def _routes(routes: Iterable[Any]) -> Iterator[tuple[str, Pattern[str], str]]:
    # FastAPI keeps included routers whole, and has this function to see into them.
    fastapi = sys.modules.get("fastapi.routing")
    for route in fastapi.iter_route_contexts(routes) if fastapi else routes:
        for method in getattr(route, "methods", None) or ():
            yield method, compile_path(route.path)[0], f"{method} {route.path}"
