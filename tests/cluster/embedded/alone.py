"""A second cluster in a network namespace of its own, where tests may break it: nobody else's cluster notices."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wireplan.rim.cluster import processes
from wireplan.rim.cluster.layout import Layout
from wireplan.rim.engines import path

NAME = "alone"
SPACE = "wireplan-alone"


@dataclass(frozen=True)
class Alone:
    """The cluster's folders, and commands run where its host would be."""

    clusters: Path
    run: Path

    @property
    def environment(self) -> dict[str, str]:
        """What leads the commands to those folders."""
        return {**os.environ, "WIREPLAN_CLUSTERS": str(self.clusters), "WIREPLAN_RUN": str(self.run)}

    @property
    def layout(self) -> Layout:
        """Where it is; only right while the environment says so, as in `within`."""
        return Layout(NAME)

    def inside(
        self, *words: str, check: bool = True, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in that namespace."""
        command = ["nsenter", f"--net=/run/netns/{SPACE}", "--", *words]
        done = subprocess.run(
            command,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert not check or done.returncode == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return done

    def cluster(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """`wireplan cluster ... --name alone`."""
        return self.inside(
            str(Path(sys.executable).parent / "wireplan"), "cluster", *words, f"--name={NAME}", check=check
        )

    def state(self) -> dict[str, Any]:
        """`cluster status` as it is."""
        found: dict[str, Any] = json.loads(self.cluster("status", "--format=json", check=False).stdout)[
            "cluster"
        ]
        return found

    def kubectl(self, *words: str, check: bool = True, stdin: str | None = None) -> str:
        """kubectl on it."""
        config = self.clusters / NAME / "kubeconfig"
        return self.inside(
            str(path("kubectl")), f"--kubeconfig={config}", *words, check=check, stdin=stdin
        ).stdout

    def get(self, *words: str) -> Any:
        """Objects of it."""
        return json.loads(self.kubectl("get", *words, "--output=json"))

    def processes(self) -> dict[str, processes.Record]:
        """What it has recorded as its own."""
        return processes.recorded(self.run / NAME / "processes")

    def kill(self, *names: str) -> None:
        """Kill processes of it by their ids; all of them where none is named."""
        found = self.processes()
        for name in names or found:
            if processes.alive(found[name]):
                os.kill(found[name].pid, signal.SIGKILL)

    def traces(self) -> dict[str, list[str]]:
        """What a machine shows of a cluster: nothing of it may be more after `down` than before `up`."""
        of_us = (str(self.clusters), str(self.run), f"wp-{NAME}")
        rules = self.inside("iptables-save").stdout.splitlines()
        return {
            "namespaces": [
                line for line in self.inside("ip", "netns").stdout.splitlines() if f"wp-{NAME}" in line
            ],
            "mounts": [
                line
                for line in Path("/proc/self/mounts").read_text().splitlines()
                if any(word in line for word in of_us)
            ],
            "links": sorted(
                line.split()[0] for line in self.inside("ip", "-brief", "link").stdout.splitlines()
            ),
            "routes": self.inside("ip", "route").stdout.splitlines(),
            "rules": [line.partition("[")[0] for line in rules if not line.startswith("#")],
            "processes": [str(pid) for pid in running(of_us)],
            "groups": [str(found) for found in Path("/sys/fs/cgroup").glob(f"**/wireplan-{NAME}")],
            "forwarding": [self.inside("cat", "/proc/sys/net/ipv4/ip_forward").stdout.strip()],
            "memory": [Path("/proc/sys/vm/overcommit_memory").read_text().strip()],
        }


def running(words: tuple[str, ...]) -> list[int]:
    """The processes whose command line names one of the words, but for ourselves."""
    found: list[int] = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = line.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if any(word in text for word in words) and int(line.parent.name) != os.getpid():
            found.append(int(line.parent.name))
    return found
