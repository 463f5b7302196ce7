"""Backups of the running system, and one that is restored (row F3.5)."""

import json
from typing import Any

import pytest

from tests.cluster.tube.freeze import frozen
from tests.cluster.tube.kube import Kube
from tests.cluster.tube.postgres import CLUSTER, Postgres
from tests.cluster.tube.system import ROOT, Begun, wireplan
from tests.cluster.tube.wait import eventually

TUBE = ROOT / "stacks" / "tube"
COPY = f"{CLUSTER}-restored"
STORE = "objects-0"


def worth(status: int) -> dict[str, Any]:
    """What `wireplan backups` tells of the one cluster."""
    (told,) = json.loads(wireplan("backups", TUBE, "--format", "json", status=status))["clusters"]
    return told


@pytest.mark.row("F3.5")
def test_a_restore_of_the_base_backup_is_verified_and_what_it_needed_is_gone(
    kube: Kube, postgres: Postgres, restore: Begun
) -> None:
    databases = len(
        postgres.rows("postgres", "select 1 from pg_database where datname in (select rolname from pg_roles)")
    )
    said = restore.said()
    assert said.startswith("main: restored and verified in ")
    assert f": {databases - 1} databases, " in said, "all but the operator's own"
    told = worth(0)
    assert told["troubles"] == []
    assert told["verified"] < restore.age
    gone = ("clusters.postgresql.cnpg.io", "networkpolicies", "persistentvolumeclaims", "pods")
    eventually(
        lambda: not [each for kind in gone for each in kube.get(kind) if COPY in each["metadata"]["name"]],
        "nothing of the copy is left",
        60,
    )


@pytest.mark.row("F3.5")
def test_a_log_that_does_not_reach_the_archive_is_no_backup(kube: Kube) -> None:
    late = "in the archive: not there after 8 s"
    with frozen(kube, STORE, container="versitygw"):
        wireplan("backups", TUBE, "--verify", "--limit", "8", status=2, says=late)
    eventually(lambda: worth(0)["archived"], "the log goes to the archive again", 120)
