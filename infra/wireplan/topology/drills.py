"""Drills with everything explicit."""

from wireplan.model.drills import Drill as WrittenDrill
from wireplan.topology import defaults
from wireplan.topology.context import Context, pick
from wireplan.topology.types import Break, Control, Drill, Quiet


def drills(context: Context) -> dict[str, Drill]:
    """Every drill."""
    return {name: drill(name, written) for name, written in context.system.drills.items()}


def drill(name: str, written: WrittenDrill) -> Drill:
    """One drill."""
    quiet, control = written.quiet, written.control
    return Drill(
        name=name,
        breaks=tuple(
            Break(
                each.part,
                each.how,
                pick("prod", defaults.WHICH, each.which),
                each.lasts and float(each.lasts),
            )
            for each in written.breaks
        ),
        holds=tuple(written.holds),
        quiet=Quiet(float(quiet.stable), float(quiet.within)) if quiet else None,
        control=Control(control.change, control.to) if control else None,
    )
