"""One change at a time: `up`, `down` and the node commands of a cluster wait for no one and run over no one."""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager

from wireplan.rim import home
from wireplan.rim.cluster.layout import Layout
from wireplan.rim.trouble import Trouble


@contextmanager
def changing(layout: Layout) -> Generator[None]:
    """Hold the cluster's lock. The file stays: removing a lock file lets two hold it.

    Raises:
        Trouble: another command is changing the cluster.
    """
    home.runtime().mkdir(parents=True, exist_ok=True)
    with (home.runtime() / f"{layout.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Trouble(
                f"another command is changing the cluster {layout.name} right now",
                fix="wait for it, then run this again",
            ) from error
        yield
