"""What a cluster changes on the machine beyond its own things, noted before and put back after: a few kernel settings."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from wireplan.rim import files
from wireplan.rim.cluster import tables
from wireplan.rim.cluster.layout import Layout

SETTINGS = Path("/proc/sys")

# We set these: nodes send through the host; every kubelet, containerd and pod watches files.
RAISED = {
    "net/ipv4/ip_forward": 1,
    "fs/inotify/max_user_instances": 8192,
    "fs/inotify/max_user_watches": 524288,
}
# The kubelet sets these by itself, for the whole machine.
BY_KUBELET = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)


@dataclass(frozen=True)
class Before:
    """What was before we came: kernel settings, and which of the packet filter's tables there were."""

    settings: dict[str, str | None]
    tables: list[str]


def read(name: str) -> str | None:
    """A kernel setting, or None where this kernel has none of that name."""
    path = SETTINGS / name
    return path.read_text().strip() if path.is_file() else None


def note(layout: Layout) -> Path:
    """Where the earlier values are noted."""
    return layout.run / "before.json"


def adjust(layout: Layout) -> None:
    """Note what is, then set what we need. Values that are already as high stay."""
    if not note(layout).is_file():
        before = Before({name: read(name) for name in (*RAISED, *BY_KUBELET)}, tables.present())
        files.write(note(layout), json.dumps(asdict(before)))
    for name, needed in RAISED.items():
        now = read(name)
        if now is not None and int(now) < needed:
            (SETTINGS / name).write_text(str(needed))


def restore(layout: Layout) -> None:
    """Put back what was noted. After a reboot the note is of another life, and the machine set its own."""
    if not note(layout).is_file():
        return
    before = Before(**json.loads(note(layout).read_text()))
    for name, value in before.settings.items():
        if value is not None and read(name) != value:
            (SETTINGS / name).write_text(value)
    tables.drop_made(before.tables)
    note(layout).unlink()
