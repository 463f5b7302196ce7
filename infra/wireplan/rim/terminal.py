"""Whether the reader of an output is a person at a terminal, and how wide it is."""

import os
import shutil
from typing import TextIO

from wireplan.report.screen import WIDTH, Screen


def screen(stream: TextIO, color: str = "auto") -> Screen:
    """The screen behind `stream`; `color` is auto, always or never. NO_COLOR and TERM=dumb are heeded (no-color.org)."""
    terminal = stream.isatty()
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    colour = color == "always" or (color == "auto" and terminal and not plain)
    return Screen(colour, min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns) if terminal else WIDTH)
