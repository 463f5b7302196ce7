"""What checks files: of objects, workflows, contracts, migrations and alerts."""

from wireplan.rim.engines.kinds import Ask, Build, Engine, Fit, Purpose, Release, Wheel

GITHUB = "https://github.com"

KUBECONFORM = Engine(
    "kubeconform",
    "0.8.0",
    Purpose.CHECKS,
    ask=Ask(("-v",), r"v(\d+\.\d+\.\d+)"),
    fit=Fit("0.7", "0.9"),
    note="checks objects against schemas",
    ways=(
        Release(
            "0.8.0",
            GITHUB + "/yannh/kubeconform/releases/download/v0.8.0/kubeconform-linux-{machine}.tar.gz",
            {"amd64": "9bc2bffbf71f261128533edaf912153948b7ff238f9a531ae6d34466ec287883"},
            {"kubeconform": "kubeconform"},
        ),
        Build("checks", "github.com/yannh/kubeconform/cmd/kubeconform", {"main.version": "v0.8.0"}),
    ),
)

ACTIONLINT = Engine(
    "actionlint",
    "1.7.12",
    Purpose.CHECKS,
    ask=Ask(("-version",), r"(\d+\.\d+\.\d+)"),
    fit=Fit("1.7", "2"),
    note="checks workflow files",
    ways=(
        Release(
            "1.7.12",
            GITHUB + "/rhysd/actionlint/releases/download/v1.7.12/actionlint_1.7.12_linux_{machine}.tar.gz",
            {"amd64": "8aca8db96f1b94770f1b0d72b6dddcb1ebb8123cb3712530b08cc387b349a3d8"},
            {"actionlint": "actionlint"},
        ),
        Build(
            "checks",
            "github.com/rhysd/actionlint/cmd/actionlint",
            {"github.com/rhysd/actionlint.version": "1.7.12"},
        ),
    ),
)

BUF = Engine(
    "buf",
    "1.75.0",
    Purpose.CHECKS,
    fit=Fit("1.50", "2"),
    ask=Ask(("--version",), r"(\d+\.\d+\.\d+)"),
    note="checks contracts",
    ways=(
        Wheel(
            "buf-bin",
            "1.75.0",
            "bin/buf",
            {
                "amd64": "6fd3ecb1694b6f5bcdfb9bef5297b330ffb9731b95445a42944c1b6158428101",
                "arm64": "159e994efa072a7f3c84e5b90cf57f7b9a5e9f6387121bfc70e82ec7167d5694",
            },
        ),
    ),
)

SQUAWK = Engine(
    "squawk",
    "2.70.0",
    Purpose.CHECKS,
    fit=Fit("2.60", "3"),
    ask=Ask(("--version",), r"(\d+\.\d+\.\d+)"),
    note="checks migrations",
    ways=(
        Wheel(
            "squawk-cli",
            "2.70.0",
            "bin/squawk",
            {
                "amd64": "e67651bb984b01276752ca685f870b281cf493d5d7bd318607148b657c359b52",
                "arm64": "1c352fd18443d808d8ce48f5d4efa43646e210fc951437f6c3c25e51394f4a8f",
            },
        ),
    ),
)

PROMTOOL = Engine(
    "promtool",
    "3.14.0",
    Purpose.CHECKS,
    fit=Fit("3.5", "4"),
    ask=Ask(("--version",), r"version (\d+\.\d+\.\d+)"),
    note="checks and tries Prometheus's rules",
    ways=(
        Build(
            "prometheus",
            "github.com/prometheus/prometheus/cmd/promtool",
            {"github.com/prometheus/common/version.Version": "3.14.0"},
            # It brings a client for every cloud whose machines Prometheus can find; none is needed to check a rule.
            tags=("remove_all_sd",),
        ),
    ),
)

ALL = (KUBECONFORM, ACTIONLINT, BUF, SQUAWK, PROMTOOL)
