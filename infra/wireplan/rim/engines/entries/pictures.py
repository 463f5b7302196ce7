"""What draws: where the parts of a picture stand, and which way its lines go."""

from wireplan.rim.engines.kinds import Ask, Engine, Purpose, Wheel

GRAPHVIZ = Engine(
    "graphviz-pure",
    "0.2.2",
    Purpose.PICTURES,
    ask=Ask(("-V",), r"graphviz-pure version (\d+\.\d+\.\d+)"),
    note="lays graphs out, as Graphviz does",
    # This very version and no other: the same system is the same bytes on every machine.
    ways=(
        Wheel(
            "graphviz-pure",
            "0.2.2",
            "bin/graphviz-pure",
            {
                "amd64": "5c697f3d6d2ea3fdbd5b9afa6f71b316a539ad9abbc291f578a95f213a6195d1",
                "arm64": "bd5ffa8a8bec5efebccd804407225fd1c0014221e483278cfae12284054a6633",
            },
        ),
    ),
)

ALL = (GRAPHVIZ,)
