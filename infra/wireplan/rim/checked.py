"""A topology that may be built from: read, checked by every rule, and refused with its findings where one is an error."""

import datetime
import json
from collections.abc import Mapping
from pathlib import Path

from wireplan.findings import Severity
from wireplan.rim import sources
from wireplan.rim.sources import Faulty
from wireplan.rim.trouble import Trouble
from wireplan.rules import check
from wireplan.topology.types import Topology

__all__ = ["Faulty", "images", "topology", "topology_file"]

TOPOLOGY_FILE = "topology.yaml"


def topology(path: Path, environment: str) -> Topology:
    """The Topology in `path` (a file, or the folder of a topology.yaml) for one environment.

    Raises:
        Faulty: a finding is an error.
        Trouble: there is no such file or environment.
    """
    file = topology_file(path)
    found = sources.topology(file, environment)
    findings = check.check(found, today=datetime.datetime.now(tz=datetime.UTC).date())
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise Faulty(sources.Sources(found, tuple(findings)))
    return found


def topology_file(path: Path) -> Path:
    """The file that a person means by a file or a folder."""
    return path / TOPOLOGY_FILE if path.is_dir() else path


def images(path: Path, environment: str, given: Path | None = None) -> Mapping[str, str]:
    """The images of a stack: `given`, or images.<environment>.json beside the topology; none where that is not there.

    Raises:
        Trouble: the file is no mapping from services to image references.
    """
    file = given or topology_file(path).parent / f"images.{environment}.json"
    if not given and not file.is_file():
        return {}
    try:
        found: object = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise Trouble(
            f"{file} cannot be read", why=str(error), fix="write it anew with `wireplan images build`"
        ) from error
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        raise Trouble(
            f"{file} is no mapping from services to image references",
            fix="write it anew with `wireplan images build`",
        )
    return found  # pyright: ignore[reportUnknownVariableType]
