"""A request's route is looked up once, and the answer is the one that FastAPI gives without that."""

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.params import Body, Form
from fastapi.routing import APIRoute
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from tube_platform import routes, web
from tube_platform.routes import FOUND, Routes

PATHS = (
    "/orders",
    "/orders/",
    "/orders/7",
    "/orders/seven",
    "/orders/7/lines",
    "/orders/newest",
    "/stores/a/orders/7",
    "/plain",
    "/mounted/orders/7",
    "/below",
    "/none",
    "/",
    "//orders",
    "/orders/%37",
    "/openapi.json",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW")


async def answer(request: Request) -> dict[str, Any]:
    """What a handler may ask of its request."""
    return {
        "route": request.scope["route"].path,
        "endpoint": request.scope["endpoint"].__name__,
        "given": request.path_params,
        "url": str(request.url_for("one", order_id=1)),
    }


async def one(request: Request, order_id: int) -> dict[str, Any]:
    """A route with a number."""
    if order_id == 404:
        raise HTTPException(404)
    return {**await answer(request), "order": order_id}


async def plain(request: Request) -> PlainTextResponse:
    """A route of Starlette's."""
    return PlainTextResponse(request.scope["path"])


def application(*, front: bool) -> FastAPI:
    """Routes in routers, with prefixes, one in another's way, and some that are not FastAPI's."""
    app = FastAPI()
    orders, stores, inner = APIRouter(), APIRouter(prefix="/stores/{store}"), APIRouter()
    orders.get("/orders")(answer)
    orders.get("/orders/{order_id}")(one)
    orders.get("/orders/newest")(answer)  # never reached
    orders.post("/orders/{order_id}")(one)
    orders.delete("/orders/{order_id:int}")(one)
    inner.get("/orders/{order_id}")(one)
    stores.include_router(inner)
    app.include_router(orders)
    app.include_router(stores)
    app.router.routes.append(Route("/plain", plain))
    app.router.routes.append(Mount("/mounted", routes=[Route("/orders/{order_id}", plain)]))
    app.get("/mounted/orders/{order_id}")(one)  # nor this one
    app.get("/below")(answer)
    web.install(app)
    if front:
        routes.install(app)
    return app


@pytest.mark.parametrize("root", ["", "/api"])
async def test_every_request_has_the_answer_that_it_has_without_it(root: str) -> None:
    """Found, not found, refused, redirected, invalid, or of an application below."""

    async def answers(app: FastAPI) -> list[tuple[str, str, int, dict[str, str], bytes]]:
        transport = httpx2.ASGITransport(app=app, root_path=root)
        async with httpx2.AsyncClient(transport=transport, base_url="http://a") as to:
            found = [
                (method, path, await to.request(method, root + path)) for method in METHODS for path in PATHS
            ]
        return [(method, path, a.status_code, dict(a.headers), a.content) for method, path, a in found]

    assert await answers(application(front=True)) == await answers(application(front=False))


async def test_what_is_known_is_not_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """FastAPI's routers are not asked; what nobody knows they decide."""
    app, asked = application(front=True), list[str]()
    later = app.router.routes[-1]  # the last to be asked

    def told(matches: Callable[..., Any]) -> Callable[..., Any]:
        def found(scope: Any) -> Any:
            asked.append(scope["path"])
            return matches(scope)

        return found

    monkeypatch.setattr(later, "matches", told(later.matches))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://a") as to:
        assert (await to.get("/orders/7")).json()["order"] == 7
        assert (await to.get("/stores/a/orders/7")).json()["given"] == {"store": "a", "order_id": "7"}
        assert asked == []
        assert (await to.get("/none")).status_code == 404
    assert asked[0] == "/none"


async def test_the_route_of_a_request_is_kept_in_its_scope() -> None:
    """For the limits before the application and for the application, whichever asks first."""
    found = Routes(application(front=False))
    scope: dict[str, Any] = {"type": "http", "method": "HEAD", "path": "/orders/7"}
    known = found.of(scope)
    assert known is not None
    assert (known.name, scope[FOUND].route) == ("GET /orders/{order_id}", known)
    assert scope[FOUND].path.groupdict() == {"order_id": "7"}
    assert found.of({"type": "http", "method": "GET", "path": "/none"}) is None


def test_an_application_that_is_not_fastapi_stays_as_it_is() -> None:
    """It has no routers to be asked in turn."""

    class Plain:
        routes: tuple[Callable[..., Awaitable[None]], ...] = ()

    own = Plain()
    routes.install(own)
    assert own.routes == ()


@pytest.mark.parametrize(("body", "known"), [(None, True), (Body(), True), (Form(), False)])
def test_forms_are_left_to_the_routers_which_may_limit_them(body: Body | None, known: bool) -> None:
    """FastAPI reads their limits on the way through its routers."""
    route = APIRoute("/form", answer)
    context = SimpleNamespace(
        path=route.path,
        methods={"POST"},
        original_route=route,
        app=route.app,
        body_field=SimpleNamespace(field_info=body) if body else None,
    )
    assert (routes.alone(context) is not None) == known
