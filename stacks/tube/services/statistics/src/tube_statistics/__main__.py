"""`python -m tube_statistics serve | migrate | sql`. Generated from the topology."""

import sys

from tube_platform.main import main

sys.exit(main("tube_statistics"))
