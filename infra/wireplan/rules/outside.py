"""The codes of what outside programs find when they are asked: buf in contracts, squawk in migrations. Waivers and `rules` of a topology speak of them as of rules."""

from wireplan.rules import migrations, protos

ALL = (*protos.ALL, *migrations.ALL)
KNOWN = protos.KNOWN | migrations.KNOWN
"""As `check.known`: the code of each, by its code and by its name."""
AREAS = ("PRO", "MIG")


def where(code: str) -> tuple[str, ...]:
    """What a code is about, in the words of a waiver."""
    return protos.WHERE if code in protos.KNOWN else migrations.WHERE
