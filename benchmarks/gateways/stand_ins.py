"""What tube's services find when they start: Postgres with each one's tables, Kafka's brokers (librdkafka's own, in memory), and keys.

    python benchmarks/gateways/stand_ins.py FOLDER SERVICE...

It says on one line where they are, and ends with SIGTERM. The services' own environment runs it. The object store, the caches and the other
services are asked by nobody who only starts.
"""

import dataclasses
import importlib
import json
import signal
import sys
from pathlib import Path

from confluent_kafka import Producer
from joserfc.jwk import OKPKey
from tube_platform.testing.postgres import LocalPostgres, programs

TOPICS = ("video.uploaded", "video.processed", "video.unwanted")


def main(folder: Path, services: list[str]) -> None:
    """Serve until the end."""
    found = programs()
    if found is None:
        sys.exit("there is no Postgres in the services' environment")
    (folder / "keys").mkdir()
    (folder / "keys/k1.pem").write_bytes(OKPKey.generate_key("Ed25519").as_pem(private=True))
    (folder / "secret").write_text("secret")
    postgres = LocalPostgres()
    postgres.start(found)
    try:
        databases = {name: dataclasses.asdict(postgres.database(migrations(name))) for name in services}
        brokers = Producer({"bootstrap.servers": "none", "test.mock.num.brokers": 3})
        listed = brokers.list_topics(timeout=10).brokers.values()
        bootstrap = ",".join(f"{each.host}:{each.port}" for each in listed)
        print(json.dumps({"databases": databases, "bootstrap": bootstrap}), flush=True)
        signal.sigwait({signal.SIGTERM})
    finally:
        postgres.stop()


def migrations(service: str) -> Path:
    """The migrations of a service."""
    return Path(str(importlib.import_module(f"tube_{service}").__file__)).parent / "migrations"


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    main(Path(sys.argv[1]), sys.argv[2:])
