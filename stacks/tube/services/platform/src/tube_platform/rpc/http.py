"""What a gateway answers when a service behind it says no, or when it says so itself."""

from typing import Any

from grpc.aio import AioRpcError
from starlette.requests import Request
from starlette.responses import JSONResponse

from tube_platform import logs, web
from tube_platform.errors import Problem
from tube_platform.rpc import codes, peers

log = logs.get(__name__)

OWN_WORDS = frozenset(
    {"INTERNAL", "UNKNOWN", "UNAVAILABLE", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "CANCELLED"}
)
"""With these codes the text comes from libraries, and is not for clients."""


def install(application: Any) -> None:
    """Answer problems, own ones and those of callees, as application/problem+json; FastAPI's own, too, where it is the application's."""
    web.install(application)
    application.add_exception_handler(AioRpcError, _answer)
    if hasattr(application, "openapi"):
        from tube_platform import refusals

        refusals.install(application)


async def _answer(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, AioRpcError):
        return web.problem_response(Problem("something went wrong here"))
    problem = codes.problem(error)
    if problem.reason == peers.REASON:  # it is this service that may not call, and no matter of who asked it
        log.error("a call is not in the topology", detail=error.details())
        return web.problem_response(Problem("something went wrong here"))
    if problem.code in OWN_WORDS or problem.code == "INTERNAL":
        log.warning("a call failed", code=error.code().name, detail=error.details())
        problem = type(problem)("the service behind this does not answer right now", problem.reason)
    return web.problem_response(problem)
