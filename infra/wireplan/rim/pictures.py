"""Pictures that are laid out: by Graphviz, as SVG and as a page."""

from pathlib import Path

from wireplan.report import svg as drawing
from wireplan.report.layout import Layout, LayoutError, dot, layout
from wireplan.report.picture import Picture
from wireplan.rim import engines, process
from wireplan.rim.sources import Sources
from wireplan.rim.trouble import Trouble
from wireplan.topology.resolve import NO_ENVIRONMENT

PROGRAM = "graphviz-pure"
SECONDS = 600.0
"""1000 services take a few of them; who waits longer than this would not look at the picture."""


def svg(picture: Picture) -> str:
    """The picture as SVG.

    Raises:
        Trouble: Graphviz cannot be had, failed, or did not end.
    """
    return drawing.render(laid_out(picture))


def page(found: Sources, picture: Picture, file: Path, environment: str | None) -> str:
    """The page of a system as it was read in an environment, with what `validate` finds there and the baseline beside the file does not accept.

    Where no environment is chosen among several, the findings are those of all of them.

    Raises:
        Faulty: a fault forbids a Topology.
        Trouble: as above, or the baseline cannot be read.
    """
    from wireplan.report.page import data, page
    from wireplan.rim import baselines, sources, validation
    from wireplan.topology.impact import impact

    topology = found.sound()
    with sources.uncollected():  # many small values, and no garbage
        one = environment or not sources.environments(file)
        run = (
            validation.alone(file, found, environment or NO_ENVIRONMENT) if one else validation.validate(file)
        )
        told = baselines.applied(run, baselines.existing(file))
        known = data.data(topology, picture, told, impact(topology))
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
