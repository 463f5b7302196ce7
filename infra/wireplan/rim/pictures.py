"""Pictures that are laid out: by Graphviz, as SVG and as a page."""

from pathlib import Path

from wireplan.report import svg as drawing
from wireplan.report.layout import Layout, LayoutError, dot, layout
from wireplan.report.picture import Picture
from wireplan.rim import engines, process
from wireplan.rim.trouble import Trouble
from wireplan.topology.types import Topology

PROGRAM = "graphviz-pure"
SECONDS = 600.0
"""1000 services take a few of them; who waits longer than this would not look at the picture."""


def svg(picture: Picture) -> str:
    """The picture as SVG.

    Raises:
        Trouble: Graphviz cannot be had, failed, or did not end.
    """
    return drawing.render(laid_out(picture))


def page(topology: Topology, picture: Picture, file: Path, environment: str | None) -> str:
    """The page of a system, with what `validate` finds in that environment and the baseline beside the file does not accept.

    Raises:
        Trouble: as above, nothing could be checked, or the baseline cannot be read.
    """
    from wireplan.report.page import data, page
    from wireplan.rim import baselines, sources, validation
    from wireplan.topology.impact import impact

    run = validation.validate(file, [environment] if environment else (), baselines.existing(file))
    with sources.uncollected():  # many small values, and no garbage
        known = data.data(topology, picture, run, impact(topology))
    return page.render(laid_out(picture), known)


def laid_out(picture: Picture) -> Layout:
    """Where everything of a picture stands.

    Raises:
        Trouble: Graphviz cannot be had, failed, or did not end.
    """
    answer = process.output([engines.path(PROGRAM), "-Kdot", "-Tjson0"], stdin=dot(picture), timeout=SECONDS)
    try:
        return layout(picture, answer)
    except LayoutError as error:
        raise Trouble(f"{PROGRAM} did not lay the picture out", why=str(error)) from error
