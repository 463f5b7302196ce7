"""What a cluster must have before a system can be created on it."""

import dataclasses
from typing import Any

import pytest
from wireplan.manifests.objects import objects
from wireplan.rim.program import prerequisites
from wireplan.rim.trouble import Trouble
from wireplan.topology.types import Backup

from tests.manifests.conftest import images, made, resolved
from tests.manifests.test_providers import elsewhere


class World:
    """A cluster with some kinds and some Secrets."""

    namespace = "tube"

    def __init__(self, kinds: dict[str, list[str]], secrets: set[str]) -> None:
        self.kinds = kinds
        self.secrets = secrets

    def get(self, path: str) -> dict[str, Any] | None:
        found = self.kinds.get(path.removeprefix("/apis/"))
        return {"resources": [{"kind": kind} for kind in found]} if found else None

    def find(self, version: str, kind: str, name: str) -> dict[str, Any] | None:
        del version, kind
        return {} if name in self.secrets else None


POSTGRES = {"postgresql.cnpg.io/v1": ["Cluster", "Database", "ScheduledBackup"]}
KAFKA = {"kafka.strimzi.io/v1": ["Kafka", "KafkaNodePool", "KafkaTopic", "KafkaUser"]}
CERTIFICATES = {"edge-public-tls", "edge-cdn-tls"}
OUTSIDE = {"auth-login-id", "external-mail-auth", "external-push-auth", "external-sms-auth"}
"""What is shown to systems that are not ours: the provider of logins, the relay, the gateways of messages."""


def test_a_local_system_needs_only_its_operator() -> None:
    prerequisites.check(World(POSTGRES, set()), made("local"))  # type: ignore[arg-type]
    assert prerequisites.given(made("local")) == set()


def test_all_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(Trouble, match="lacks 8 things") as trouble:
        prerequisites.check(World({}, set()), made("prod"))  # type: ignore[arg-type]
    why = trouble.value.why
    assert "kafka.strimzi.io/v1 with Kafka, KafkaNodePool, KafkaTopic, KafkaUser: install Strimzi" in why
    assert "postgresql.cnpg.io/v1 with Cluster, Database, ScheduledBackup: install CloudNativePG" in why
    assert all(f"the Secret {name} in namespace tube" in why for name in CERTIFICATES | OUTSIDE)


def test_a_cluster_that_has_it_all_is_taken() -> None:
    prerequisites.check(World({**POSTGRES, **KAFKA}, CERTIFICATES | OUTSIDE), made("prod"))  # type: ignore[arg-type]
    assert prerequisites.given(made("prod")) == CERTIFICATES | OUTSIDE


def test_an_old_operator_is_told_by_the_kind_that_it_lacks() -> None:
    with pytest.raises(Trouble) as trouble:
        prerequisites.check(World({"postgresql.cnpg.io/v1": ["Cluster"]}, set()), made("local"))  # type: ignore[arg-type]
    assert "with Database, ScheduledBackup:" in trouble.value.why


def test_keys_of_an_outside_store_that_only_a_backup_uses_are_asked_for() -> None:
    topology = resolved("prod")
    main = dataclasses.replace(topology.databases["main"], backup=Backup("backups", 86400, 14 * 86400, 0))
    store = elsewhere(topology).object_store
    services = {
        name: dataclasses.replace(one, buckets={}, oauth=(), externals=())
        for name, one in topology.services.items()
    }
    found = dataclasses.replace(
        topology, databases={"main": main}, object_store=store, services=services, edges={}
    )
    assert prerequisites.given(objects(found, images(found))) == {"objects"}
