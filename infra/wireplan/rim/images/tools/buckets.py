"""Make S3 buckets as the model says. Never empty one, never delete one."""

# The client is installed in the image, not where the repository is checked.
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import os
from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from wireplan.rim.images.tools.waiting import CannotError, NotYetError, until

SECRETS = Path("/etc/wireplan/secrets/objects")
OURS = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})  # another run of this Job came first


def plan(wanted: Sequence[str], present: Collection[str]) -> list[tuple[str, bool]]:
    """Each wanted bucket once, in order, and whether it has to be made."""
    return [(name, name not in present) for name in dict.fromkeys(wanted)]


def line(name: str, new: bool) -> str:
    """A step as the Job's log shows it."""
    return f"bucket {name}: {'created' if new else 'unchanged'}"


def run(document: Sequence[Mapping[str, Any]]) -> int:
    """Make the buckets that are missing and print a line each."""
    wanted = [str(one["name"]) for one in document]
    store = client()
    for name, new in plan(wanted, until(lambda: present(store))):
        if new:
            make(store, name)
        print(line(name, new), flush=True)
    return 0


def client() -> Any:
    """The S3 client, by path-style addresses: a bucket's name is no host name inside the cluster."""
    from minio import Minio

    endpoint = urlsplit(os.environ["S3_ENDPOINT"])
    return Minio(
        endpoint.netloc,
        secure=endpoint.scheme == "https",
        region=os.environ.get("S3_REGION", "us-east-1"),
        access_key=(SECRETS / "access_key").read_text().strip(),
        secret_key=(SECRETS / "secret_key").read_text().strip(),
    )


def present(store: Any) -> set[str]:
    """The buckets that are there."""
    from minio.error import MinioException, S3Error
    from urllib3.exceptions import HTTPError

    try:
        return {bucket.name for bucket in store.list_buckets()}
    except S3Error as error:
        if error.response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise NotYetError(f"the object store is not ready: {error.code}") from error
        raise CannotError(f"the object store refused to list its buckets: {error.code}") from error
    except (HTTPError, MinioException, OSError) as error:
        raise NotYetError(f"the object store does not answer yet: {type(error).__name__}") from error


def make(store: Any, name: str) -> None:
    """Make one bucket.

    Raises:
        CannotError: the store refused it.
    """
    from minio.error import S3Error

    try:
        store.make_bucket(name)
    except S3Error as error:
        if error.code not in OURS:
            raise CannotError(f"bucket {name}: {error.code}: {error.message}") from error
