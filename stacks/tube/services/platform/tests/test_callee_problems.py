"""What a client of a gateway reads when a service behind it says no (row A1)."""

from collections.abc import Callable

import grpc
import grpc.aio
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tube_platform import errors, principal
from tube_platform.errors import Problem
from tube_platform.rpc import codes, http


def said(code: str, detail: str, reason: str = "") -> grpc.aio.AioRpcError:
    """A callee's answer, as its client raises it."""
    trailing = grpc.aio.Metadata((codes.REASON_KEY, reason)) if reason else grpc.aio.Metadata()
    return grpc.aio.AioRpcError(grpc.StatusCode[code], grpc.aio.Metadata(), trailing, detail)


async def answer(raises: Callable[[], Exception]) -> httpx2.Response:
    """What a client gets where a handler raises this."""

    async def handler(_: Request) -> Response:
        raise raises()

    application = Starlette(routes=[Route("/", handler)])
    http.install(application)
    transport = httpx2.ASGITransport(application)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        return await client.get("/")


async def test_what_a_callee_says_to_the_client_reaches_it() -> None:
    """Its words and its reason: they were written for clients."""
    found = await answer(lambda: said("NOT_FOUND", "there is no such video", "video_unknown"))
    assert found.status_code == 404
    assert found.headers["content-type"] == "application/problem+json"
    assert found.json()["detail"] == "there is no such video"
    assert "video_unknown" in found.text


@pytest.mark.parametrize("code", sorted(http.OWN_WORDS))
async def test_what_libraries_say_to_each_other_does_not(code: str) -> None:
    """Addresses and stack traces are not for clients, whatever went wrong behind."""
    found = await answer(lambda: said(code, "connect to 10.0.0.7:50051 failed: secret"))
    assert found.status_code >= 500
    assert "10.0.0.7" not in found.text
    assert "does not answer right now" in found.json()["detail"]


async def test_a_callee_that_is_away_is_to_be_tried_again() -> None:
    """503 and not 500: it is nobody's bug."""
    assert (await answer(lambda: said("UNAVAILABLE", "x"))).status_code == 503
    assert (await answer(lambda: said("CANCELLED", "x"))).status_code == 503
    assert (await answer(lambda: said("DEADLINE_EXCEEDED", "x"))).status_code == 504


async def test_problems_of_its_own_are_answered_too() -> None:
    """One `install` for both."""
    found = await answer(lambda: errors.Forbidden("this is not yours"))
    assert (found.status_code, found.json()["detail"]) == (403, "this is not yours")


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        ("NOT_FOUND", None, errors.NotFound),
        ("FAILED_PRECONDITION", "idempotency_key_reused", errors.KeyReused),
        ("NOT_FOUND", "idempotency_key_reused", errors.NotFound),
        ("ALREADY_EXISTS", "another_reason", errors.AlreadyExists),
        ("OUT_OF_RANGE", None, Problem),
    ],
)
def test_a_problem_of_another_service_is_of_the_same_kind_here(
    code: str, reason: str | None, kind: type[Problem]
) -> None:
    """A reason decides between kinds of one code, and never against the code."""
    assert type(errors.restore(code, reason, "x")) is kind


def test_who_needs_a_login_gets_the_account_or_a_refusal() -> None:
    """An empty name is nobody."""
    with principal.acting_as("ada"):
        assert principal.required() == "ada"
    for nobody in (None, ""):
        with principal.acting_as(nobody), pytest.raises(errors.Unauthenticated):
            principal.required()
