"""A mount namespace a node: what its pods mount never shows on the machine, and one unmount takes it all away."""

from pathlib import Path

from wireplan.rim import home, process
from wireplan.rim.cluster.layout import Layout, Node

# Paths that Kubernetes and its network plugins write to whatever one tells them; within a node they are the node's own.
OWN = ("/var/lib", "/var/log")


def held() -> list[str]:
    """Every mount point of this machine, in the order they were mounted."""
    return [
        line.split()[4].replace("\\040", " ")
        for line in Path("/proc/self/mountinfo").read_text().splitlines()
    ]


def is_held(path: Path) -> bool:
    """Whether something is mounted there; the kernel names mount points by their real paths."""
    return str(path.resolve()) in held()


def make(node: Node) -> None:
    """Make the node's mount namespace, kept alive by a file."""
    keeper = node.mounts_file.parent
    keeper.mkdir(parents=True, exist_ok=True)
    if not is_held(keeper):
        # The file of a mount namespace must lie on a mount that propagates nowhere.
        process.output(["mount", "--bind", keeper, keeper])
        process.output(["mount", "--make-private", keeper])
    node.mounts_file.touch()
    process.output(
        ["unshare", f"--mount={node.mounts_file}", "--propagation=private", "mount", "--make-rshared", "/"]
    )
    for path in OWN:
        put_over(node, Path(path))


def put_over(node: Node, path: Path) -> None:
    """Within the node, put the node's own folder over `path`, and our folders below `path` back into it."""
    own = node.folder / "root" / path.relative_to("/")
    own.mkdir(parents=True, exist_ok=True)
    within = ["nsenter", f"--mount={node.mounts_file}", "--"]
    for folder in (home.clusters(), home.runtime(), home.cache()):
        real = folder.resolve()
        if real.is_relative_to(path):
            place = own / real.relative_to(path)
            place.mkdir(parents=True, exist_ok=True)
            process.output([*within, "mount", "--rbind", real, place])
    process.output([*within, "mount", "--rbind", own, path])


def drop(node: Node) -> None:
    """Let the node's mount namespace go, with everything mounted in it."""
    if is_held(node.mounts_file):
        process.output(["umount", node.mounts_file])
    node.mounts_file.unlink(missing_ok=True)


def drop_keeper(layout: Layout) -> None:
    """Remove the mount that held the namespaces' files."""
    keeper = layout.run / "mounts"
    if is_held(keeper):
        process.output(["umount", "--lazy", keeper])
