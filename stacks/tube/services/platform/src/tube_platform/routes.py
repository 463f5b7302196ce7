"""The routes of an application, as its code spells them. The one of a request is looked up once, for all who want to know it.

FastAPI looks at each router and each of its routes in turn, and at those of the router that has it once more, which costs a request as much as
the whole of its answer. `Front` saves it that, where the route is one that is known here; all else it leaves to FastAPI.
"""

import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from re import Match as RegexMatch
from re import Pattern
from typing import Any, NamedTuple

from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound, compile_path

FOUND = "tube_platform.route"
"""In the scope of a request: the `Fit` that was found for it, None where there is none."""

type Scope = MutableMapping[str, Any]
type Handle = Callable[..., Awaitable[None]]


class Known(NamedTuple):
    """A route with one of its methods: `GET /v1/orders/{order_id}`. `handle` answers it, where that can be left to it alone."""

    name: str
    pattern: Pattern[str]
    convertors: dict[str, Any]
    context: Any
    handle: Handle | None


class Fit(NamedTuple):
    """The route of a request, and what its path has for the names in it."""

    route: Known
    path: RegexMatch[str]


class Routes:
    """The routes of an application."""

    def __init__(self, application: Any) -> None:
        self._known: dict[str, list[Known]] = {}
        for method, known in _routes(getattr(application, "routes", ())):
            self._known.setdefault(method, []).append(known)
        self.names = frozenset(each.name for known in self._known.values() for each in known)

    def of(self, scope: Scope) -> Known | None:
        """The route of a request; the first that fits, as the router takes it."""
        found = self.fit(scope)
        return found.route if found else None

    def fit(self, scope: Scope) -> Fit | None:
        """The same, and how its path fits."""
        if FOUND not in scope:
            scope[FOUND] = self._first(scope["method"], scope["path"])
        return scope[FOUND]

    def _first(self, method: str, path: str) -> Fit | None:
        for each in self._known.get("GET" if method == "HEAD" else method, ()):
            if found := each.pattern.match(path):
                return Fit(each, found)
        return None

    def methods(self, path: str) -> list[str]:
        """Every method that a path has, whichever route has it."""
        return sorted(
            method for method, known in self._known.items() if any(each.pattern.match(path) for each in known)
        )


class Front(BaseRoute):
    """Stands before all routes of a FastAPI application."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is of a route that is known, and what FastAPI would write into its scope."""
        if scope["type"] != "http" or scope["method"] == "HEAD" or scope.get("root_path"):
            return Match.NONE, {}
        fit = self._routes.fit(scope)
        if fit is None or fit.route.handle is None:
            return Match.NONE, {}
        found = fit.route
        given = {name: found.convertors[name].convert(value) for name, value in fit.path.groupdict().items()}
        route = found.context.original_route
        return Match.FULL, {"route": route, "endpoint": found.context.endpoint, "path_params": given}

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """The addresses of routes are theirs to tell."""
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer it."""
        found = self._routes.of(scope)
        if found and found.handle:
            await found.handle(scope, receive, send)


def install(application: Any) -> None:
    """Put a `Front` before the routes that an application has; only FastAPI's needs it."""
    if "fastapi.routing" in sys.modules and hasattr(application, "openapi"):
        application.router.routes.insert(0, Front(Routes(application)))


def _routes(routes: Iterable[Any]) -> Iterator[tuple[str, Known]]:
    # FastAPI keeps included routers whole, and has this function to see into them.
    fastapi = sys.modules.get("fastapi.routing")
    first = True
    for each in fastapi.iter_route_contexts(routes) if fastapi else routes:
        methods = getattr(each, "methods", None) or ()
        first = first and bool(
            methods
        )  # what takes all methods or all that is below a path is FastAPI's to place
        handle = alone(each) if fastapi and first else None
        for method in methods:
            pattern, _, convertors = compile_path(each.path)
            yield method, Known(f"{method} {each.path}", pattern, convertors, each, handle)


def alone(context: Any) -> Handle | None:
    """What answers a route of FastAPI without its routers; None where they have a say: forms have limits of theirs."""
    from fastapi.params import Form
    from fastapi.routing import APIRoute

    own = isinstance(context.original_route, APIRoute)
    return (
        context.app if own and not isinstance(getattr(context.body_field, "field_info", None), Form) else None
    )
