"""What the topology says auth has. Generated from the topology."""

from dataclasses import dataclass

from tube.auth.v1 import auth_pb2_grpc
from tube_platform.app import App
from tube_platform.idempotency import Answers
from tube_platform.oidc.logins import Logins
from tube_platform.postgres import Database
from tube_platform.tokens import Issuer


@dataclass(frozen=True, slots=True)
class Parts:
    """What the handlers may use."""

    database: Database
    idempotency: Answers
    issuer: Issuer
    logins: Logins


def wire(app: App) -> None:
    """Join parts and handlers."""
    from tube_auth.handlers import AuthHandlers

    parts = Parts(
        database=app.database(),
        idempotency=app.idempotency(),
        issuer=app.issuer(),
        logins=app.logins(),
    )
    app.serve_grpc(
        auth_pb2_grpc.add_AuthServiceServicer_to_server,
        AuthHandlers(parts),
    )
