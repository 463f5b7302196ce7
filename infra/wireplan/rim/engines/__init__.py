"""Outside programs: which, in which version, how each is had, and where it is."""

from wireplan.rim.engines.install import path
from wireplan.rim.engines.table import ENGINES

__all__ = ["ENGINES", "path"]
