"""Every failure has one class, and a database that is down is never poison."""

import grpc
import grpc.aio
import psycopg
import pytest
from obstore.exceptions import GenericError, NotFoundError
from psycopg import errors as pg
from psycopg_pool import PoolTimeout, TooManyRequests

from tube_platform.errors import (
    DeadlineExceeded,
    Exhausted,
    Invalid,
    NotFound,
    Unavailable,
)
from tube_platform.kafka.failures import (
    Failure,
    HandlerTimeoutError,
    Poison,
    classify,
)
from tube_platform.kafka.records import PublishError
from tube_platform.postgres import CommitUnknown


def rpc(code: grpc.StatusCode) -> grpc.aio.AioRpcError:
    """A failed call."""
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata())


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Poison("no film"), Failure.POISON),
        (Invalid("no"), Failure.POISON),
        (Unavailable("down"), Failure.DEPENDENCY),
        (CommitUnknown("lost"), Failure.DEPENDENCY),
        (Exhausted("full"), Failure.DEPENDENCY),
        (PublishError("no ack"), Failure.DEPENDENCY),
        (ConnectionResetError(), Failure.DEPENDENCY),
        (psycopg.OperationalError("server closed the connection unexpectedly"), Failure.DEPENDENCY),
        (pg.AdminShutdown("going down"), Failure.DEPENDENCY),
        (pg.CannotConnectNow("starting up"), Failure.DEPENDENCY),
        (pg.ReadOnlySqlTransaction("now a replica"), Failure.DEPENDENCY),
        (pg.SerializationFailure("again"), Failure.DEPENDENCY),
        (PoolTimeout("no connection"), Failure.DEPENDENCY),
        (pg.LockNotAvailable("held"), Failure.DEPENDENCY),
        (TooManyRequests("queue"), Failure.DEPENDENCY),
        (rpc(grpc.StatusCode.UNAVAILABLE), Failure.DEPENDENCY),
        (rpc(grpc.StatusCode.DEADLINE_EXCEEDED), Failure.DEPENDENCY),
        (GenericError("connection refused"), Failure.DEPENDENCY),
        (rpc(grpc.StatusCode.INVALID_ARGUMENT), Failure.BUSINESS),
        (NotFoundError("no object"), Failure.BUSINESS),
        (pg.UniqueViolation("twice"), Failure.BUSINESS),
        (pg.QueryCanceled("too slow"), Failure.BUSINESS),
        (NotFound("gone"), Failure.BUSINESS),
        (DeadlineExceeded("late"), Failure.BUSINESS),
        (HandlerTimeoutError("120 s"), Failure.BUSINESS),
        (TimeoutError("some timeout of the handler's own"), Failure.BUSINESS),
        (KeyError("a bug"), Failure.BUSINESS),
    ],
)
def test_class_of_a_failure(error: BaseException, kind: Failure) -> None:
    """The table of the module's docstring."""
    assert classify(error) is kind
