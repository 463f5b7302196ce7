"""`python -m wireplan.rim.images.tools topics|buckets|certificates|sink FILE`."""

import importlib
import json
import sys
from pathlib import Path

from wireplan.rim.images.tools.waiting import CannotError

COMMANDS = ("topics", "buckets", "certificates", "sink")


def main(words: list[str]) -> int:
    """Run one of them; 0 when everything is as the file says, 1 when it cannot be, 2 for wrong use."""
    if len(words) != 2 or words[0] not in COMMANDS:
        print("usage: topics|buckets|certificates|sink FILE", file=sys.stderr)
        return 2
    try:
        # By name: each needs packages of its own, which take seconds to import and memory to keep.
        tool = importlib.import_module(f"wireplan.rim.images.tools.{words[0]}")
        return int(tool.run(json.loads(Path(words[1]).read_text())))
    except CannotError as error:
        print(f"{words[0]}: {error}", file=sys.stderr)
        return 1
    except (OSError, ValueError, KeyError) as error:
        print(f"{words[0]}: {words[1]} or the environment is not as expected: {error!r}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
