"""Postgres as the tests see it: psql in the pod of a member."""

from dataclasses import dataclass
from typing import Any

from tests.cluster.tube.kube import Kube

CLUSTER = "pg-main"
SERVICES = {"auth": "accounts", "upload": "uploads", "processing": "processing", "catalog": "catalog",
            "statistics": "statistics", "notifications": "notifications"}  # fmt: skip
"""Databases by the service that owns them."""


PSQL = (
    'printf %s "$1" | psql --no-psqlrc --quiet --tuples-only --no-align --field-separator="\t" '
    "--set=ON_ERROR_STOP=1 --file=-"
)
"""A script for psql as an argument: so it needs no kubectl, which would take more CPU than the question."""


@dataclass(frozen=True)
class Postgres:
    """Asks the members."""

    kube: Kube

    def status(self) -> dict[str, Any]:
        """What the operator says."""
        return self.kube.get("clusters.postgresql.cnpg.io", CLUSTER)["status"]

    def primary(self) -> str:
        """The pod that takes writes."""
        return str(self.status()["currentPrimary"])

    def replicas(self) -> list[str]:
        """The pods that do not."""
        return [name for name in self.status()["instanceNames"] if name != self.primary()]

    def healthy(self) -> bool:
        """Whether every member is ready, and the primary is the one that shall be."""
        status = self.status()
        same = status["currentPrimary"] == status["targetPrimary"]
        return same and status.get("readyInstances") == status.get("instances")

    def rows(self, database: str, query: str, pod: str = "") -> list[list[str]]:
        """Rows of a query, on the primary unless a pod is named."""
        return self.script(f"\\connect {database}\n{query};", pod)

    def value(self, database: str, query: str, pod: str = "") -> str:
        """The one value of a query."""
        rows = self.rows(database, query, pod)
        return rows[0][0] if rows else ""

    def script(self, text: str, pod: str = "") -> list[list[str]]:
        """Rows of all queries of a script."""
        printed = self.kube.execute(
            pod or self.primary(), "sh", "-c", PSQL, "psql", text, container="postgres"
        )
        return [line.split("\t") for line in printed.splitlines() if line]

    def timeline(self) -> str:
        """The timeline of the primary: one more after every promotion."""
        return self.value("postgres", "select substring(pg_walfile_name(pg_current_wal_lsn()), 1, 8)")
