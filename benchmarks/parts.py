"""Where a check goes: CPU seconds of each part of `wireplan validate`, in one process, as JSON.

    python benchmarks/parts.py FILE [SLOWEST]

Each figure is the least of several rounds, the first of which pays for imports and the contracts. Of the rules the SLOWEST are named.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from wireplan.load.composer import compose
from wireplan.rim import sources
from wireplan.rules.check import every

ROUNDS = 5
SLOWEST = 5


def least(work: Callable[[], object]) -> float:
    """CPU seconds of the quickest of several rounds."""
    took: list[float] = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        work()
        took.append(time.process_time() - begin)
    return min(took)


def main() -> None:
    """Measure one file."""
    file, slowest = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else SLOWEST
    text = file.read_text()
    with sources.uncollected():
        topology = sources.topology(file)
        composed = least(lambda: compose(text))
        rules = {rule.code: least(lambda rule=rule: list(rule.faults(topology))) for rule in every()}
    first = sorted(rules, key=rules.__getitem__, reverse=True)[:slowest]
    named = {f"part: {code}": rules[code] for code in first}
    print(
        json.dumps({"part: libyaml with places": composed, "part: all rules": sum(rules.values()), **named})
    )


if __name__ == "__main__":
    main()
