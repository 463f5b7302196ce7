"""Measure Wireplan beside its floors and beside other tools, and print one page.

    python benchmarks/run.py [--runs 3] [--only validate,render,scaffold,help,parts,editor,load,services,tools,up] [--write docs/benchmarks.md]

`up` is measured only when it is asked for: it brings tube up on this machine's cluster, and edits a handler for a moment.

Every figure is the median of cold processes: CPU seconds of the process tree, with the peak memory where it matters. The machine
is shared and differs from others, so what counts is the ratio to a floor of the same run. The goals are those the maintainers set
themselves before the code was written.
"""

import argparse
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import goals
import page
import works

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Measure, judge, print, and write the page when asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3, help="cold processes a figure")
    parser.add_argument("--only", default=",".join(works.USUAL), help=f"of {', '.join(works.ALL)}")
    parser.add_argument("--write", type=Path, help="also write the page here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wireplan-bench-") as folder:
        bench = works.Bench(Path(folder), arguments.runs)
        for name in arguments.only.split(","):
            works.ALL[name](bench)
    head = page.Head(
        datetime.now(UTC).date(), _machine(), " ".join(["python", "benchmarks/run.py", *sys.argv[1:]])
    )
    text = page.page(head, bench.table, goals.judged(bench.table), bench.notes)
    print(text)
    if arguments.write:
        arguments.write.write_text(text)
    return 0


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    sys.exit(main())
