"""A topology that may be built from: read, checked by every rule, and refused with its findings where one is an error."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wireplan.findings import Severity
from wireplan.report.run import Run
from wireplan.rim import baselines, sources, validation
from wireplan.rim.sources import Faulty, Sources
from wireplan.rim.trouble import Trouble
from wireplan.topology.types import Topology

__all__ = ["Faulty", "Passed", "Refused", "images", "passed", "topology"]


@dataclass(frozen=True, slots=True)
class Passed:
    """A topology without errors, and the run in which that was found, with its warnings and notes."""

    topology: Topology
    run: Run


class Refused(Faulty):
    """As Faulty, with the run that found the faults."""

    def __init__(self, sources: Sources, run: Run) -> None:
        super().__init__(sources)
        self.run = run


def topology(path: Path, environment: str) -> Topology:
    """The Topology in `path` (a file, or the folder of a topology.yaml) for one environment.

    Raises:
        Faulty: a finding is an error that the baseline beside the file does not accept.
        Trouble: there is no such file or environment, or the baseline cannot be read.
    """
    return passed(path, environment).topology


def passed(path: Path, environment: str) -> Passed:
    """The same, with what was found that is no error.

    Raises:
        Refused: a finding is an error.
        Trouble: there is no such file or environment.
    """
    file = sources.topology_file(path)
    found = sources.sources(file, environment)
    run = baselines.applied(validation.alone(file, found, environment), baselines.existing(file))
    if found.topology is None or run.worst() is Severity.ERROR:
        findings = tuple(seen.finding for seen in run.told())
        raise Refused(Sources(found.topology, findings), run)
    return Passed(found.topology, run)


def images(path: Path, environment: str, given: Path | None = None) -> Mapping[str, str]:
    """The images of a stack: `given`, or images.<environment>.json beside the topology; none where that is not there.

    Raises:
        Trouble: the file is no mapping from services to image references.
    """
    file = given or sources.topology_file(path).parent / f"images.{environment}.json"
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
