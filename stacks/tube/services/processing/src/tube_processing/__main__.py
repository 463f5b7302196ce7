"""`python -m tube_processing serve | migrate | sql`. Generated from the topology."""

import sys

from tube_platform.main import main

sys.exit(main("tube_processing"))
