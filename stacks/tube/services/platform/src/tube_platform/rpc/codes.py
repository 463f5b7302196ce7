"""Problems as gRPC status codes, and back."""

import grpc
import grpc.aio

from tube_platform import errors
from tube_platform.errors import Exhausted, Invalid, Problem, Violation

REASON_KEY = "x-reason"
DETAILS_KEY = "grpc-status-details-bin"
"""Where gRPC carries a google.rpc.Status: what more there is to say than a code and a sentence, in a form that clients of all languages read."""

STATUS = "rpc.grpc.status_code"
"""What a span calls it (OpenTelemetry's conventions for gRPC)."""

FAULTS = frozenset({"UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"})
"""Codes that say something is wrong with who answers; the others are answers (the same conventions)."""

PASSED_ON = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED"})
"""What a callee says of its own state is also true of who calls it; the rest are answers to questions that the client never asked."""


def status(problem: Problem) -> grpc.StatusCode:
    """The status code of a problem."""
    return grpc.StatusCode[problem.code]


def trailing(problem: Problem) -> tuple[tuple[str, str | bytes], ...]:
    """What goes along with the status: the word for it, and which rules of the contract were broken."""
    said = ((REASON_KEY, problem.reason),)
    if not isinstance(problem, Invalid) or not problem.violations:
        return said
    from google.rpc import (  # pyright: ignore[reportMissingTypeStubs] - they lie beside it, without a py.typed
        error_details_pb2,
        status_pb2,
    )

    told = error_details_pb2.BadRequest()
    for each in problem.violations:
        told.field_violations.add(field=each.field, reason=each.rule, description=each.says)
    whole = status_pb2.Status(code=status(problem).value[0], message=problem.message)
    whole.details.add().Pack(told)
    return (*said, (DETAILS_KEY, whole.SerializeToString()))


def problem(error: grpc.aio.AioRpcError) -> Problem:
    """The problem that a callee reported."""
    return errors.restore(_code(error), reason(error), error.details() or "", _violations(error))


def _violations(error: grpc.aio.AioRpcError) -> tuple[Violation, ...]:
    """The broken rules of a contract that a callee named; none where it said nothing of the kind."""
    given = next((value for key, value in error.trailing_metadata() or () if key == DETAILS_KEY), None)
    if not isinstance(given, bytes):
        return ()
    from google.protobuf.message import DecodeError
    from google.rpc import (  # pyright: ignore[reportMissingTypeStubs] - the same
        error_details_pb2,
        status_pb2,
    )

    told = error_details_pb2.BadRequest()
    try:
        for each in status_pb2.Status.FromString(given).details:
            if each.Unpack(told):
                break
    except DecodeError:
        return ()
    return tuple(Violation(each.field, each.reason, each.description) for each in told.field_violations)


def _code(error: grpc.aio.AioRpcError) -> str:
    """The name of the code. Who gives up here gets asyncio's CancelledError; this one says that the callee stopped with the call in hand."""
    return "UNAVAILABLE" if error.code() is grpc.StatusCode.CANCELLED else error.code().name


def as_own(error: grpc.aio.AioRpcError) -> Problem:
    """The problem of a service whose callee failed."""
    code = _code(error)
    if code in PASSED_ON:
        return problem(error)
    return Problem(f"a call failed with {code}", "call_failed")


def names_a_limit(error: grpc.aio.AioRpcError) -> bool:
    """Whether a callee that had too much to do said of what: that is the limit of one thing, and all else may go well."""
    return (reason(error) or Exhausted.default_reason) != Exhausted.default_reason


def about(method: str) -> dict[str, str]:
    """What a span says of a call."""
    service, _, name = method.lstrip("/").rpartition("/")
    return {"rpc.system": "grpc", "rpc.service": service, "rpc.method": name}


def text(method: str | bytes) -> str:
    """A method's full name."""
    return method.decode() if isinstance(method, bytes) else method


def reason(error: grpc.aio.AioRpcError) -> str | None:
    """The word that a callee gave for it."""
    for key, value in error.trailing_metadata() or ():
        if key == REASON_KEY:
            return value if isinstance(value, str) else value.decode()
    return None
