"""`python -m tube_upload serve | migrate | sql`. Generated from the topology."""

import sys

from tube_platform.main import main

sys.exit(main("tube_upload"))
