"""`python -m tube_media serve | migrate | sql`. Generated from the topology."""

import sys

from tube_platform.main import main

sys.exit(main("tube_media"))
