"""What a run of scaffold did to a workspace, or would do."""

from dataclasses import dataclass

from wireplan.skeletons.merge import Step


@dataclass(frozen=True, slots=True)
class Done:
    """What happened to one file. A merge with conflicts left its marks in it; `beside` is a file that was put next to it."""

    path: str
    step: Step
    conflicts: int = 0
    beside: str = ""

    @property
    def refuses(self) -> bool:
        """Whether a person must act."""
        return self.step.refuses or bool(self.conflicts) or bool(self.beside)


@dataclass(frozen=True, slots=True)
class Outcome:
    """All files of a run; `current` when there was nothing to do. `left` are sentences on what is not current beside the files."""

    workspace: str
    files: tuple[Done, ...]
    current: bool
    left: tuple[str, ...] = ()

    @property
    def refused(self) -> tuple[Done, ...]:
        """The files that a person must look at."""
        return tuple(done for done in self.files if done.refuses)
