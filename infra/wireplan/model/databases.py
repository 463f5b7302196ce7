"""Postgres clusters and their safety (spec rows F3.1, F3.5, F3.6)."""

from typing import Annotated, Literal

from pydantic import Field

from wireplan.model.base import LISTED, NO_ITEMS, NO_PARTS, BucketName, DatabaseName, Part, unsaid
from wireplan.model.resources import Resources, Volume
from wireplan.model.units import Duration, Share


class Backup(Part):
    """Backups of a cluster, and the check that they restore (spec row F3.5)."""

    to: BucketName
    """The bucket that holds the backups."""
    every: Duration | None = None
    """How often a base backup is taken; the write-ahead log is archived all the time."""
    keep: Duration | None = None
    """How long backups are kept."""
    verify: Duration | None = None
    """How often one is restored and checked."""


class Synchronous(Part):
    """Synchronous replication, for those who must say more than `rpo`."""

    method: Literal["any", "first"] = "any"
    """Which replicas confirm."""
    number: Annotated[int, Field(ge=1, le=9)] = 1
    """Replicas that confirm each write."""
    durability: Literal["required", "preferred"] = "required"
    """`preferred` goes on without replicas, and may lose what it acknowledged."""
    failover_quorum: bool = True
    """Whether a failover demands a replica that surely has every acknowledged write."""


class DatabaseCluster(Part):
    """A Postgres cluster that holds databases of several services, one owner each."""

    databases: Annotated[list[DatabaseName], LISTED] = NO_ITEMS
    """The databases in it; each belongs to one service."""
    instances: Annotated[int, Field(ge=1, le=9)] | None = None
    """Members: one primary, the others replicas."""
    rpo: Duration | None = None
    """How much acknowledged work may be lost when the primary dies; 0s means none."""
    version: str | None = None
    """Major version of Postgres, for example "17"."""
    synchronous: Synchronous | None = None
    """Synchronous replication; follows from `rpo`."""
    volume: Volume | None = None
    """The disk of each member."""
    resources: Resources = unsaid(Resources)
    """CPU and memory of each member."""
    backup: Backup | None = None
    """Backups and their verification."""
    pooler: bool | None = None
    """Whether PgBouncer stands before the cluster; services then connect to it."""
    max_connections: Annotated[int, Field(ge=10, le=10_000)] | None = None
    """Postgres' max_connections; follows from the pools of the services."""
    parameters: dict[str, str] = NO_PARTS
    """Further settings of postgresql.conf, as text."""
    availability: Share | None = None
    """The share of time in which it takes statements, failovers included; not known when left out (docs/impact.md)."""
