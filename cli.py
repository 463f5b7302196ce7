"""The doorway of a clone: `python cli.py validate ...` is the wireplan command without an installation."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "infra"))

from wireplan.commands import main

if __name__ == "__main__":
    main()
