"""Two films that one service gives up: a rule of its database is in the way of what it notes of them, and of nothing else."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.cluster.tube.postgres import Postgres
from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import User

REFUSE = """\\connect statistics
alter table facts add constraint refused check (video_id not in ({})) not valid;
"""
MEND = """\\connect statistics
alter table facts drop constraint if exists refused;
"""


@dataclass(frozen=True)
class Refused:
    """Two films that everybody takes note of but statistics, and their owner."""

    owner: User
    replayed: str
    discarded: str
    since: float = field(default_factory=time.monotonic)

    @property
    def videos(self) -> tuple[str, str]:
        """Both."""
        return self.replayed, self.discarded


@contextmanager
def refusing(owner: User, postgres: Postgres) -> Iterator[Refused]:
    """The films are complete, and statistics begins to fail. The attempts take half a minute, which nobody has to wait for here."""
    found = Refused(owner, owner.put("to be replayed"), owner.put("to be discarded"))
    postgres.script(MEND + REFUSE.format(", ".join(f"'{video}'" for video in found.videos)))
    try:
        for video in found.videos:
            eventually(lambda video=video: owner.complete(video).expect(200), "the film is complete")
        yield found
    finally:
        postgres.script(MEND)
