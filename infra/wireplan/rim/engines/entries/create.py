"""What creates a stack: Pulumi, its provider for Kubernetes, and its host for Python.

No release is named for them: no checksum of the pinned versions could be confirmed.
"""

from wireplan.rim.engines.kinds import Ask, Build, Engine, Fit, FromModule, Purpose

PULUMI = "github.com/pulumi/pulumi"

PULUMI_CLI = Engine(
    "pulumi",
    "3.216.0",
    Purpose.CREATE,
    fit=Fit("3.216", "4"),
    ask=Ask(("version",), r"v?(\d+\.\d+\.\d+)"),
    note="the engine that creates and changes a stack",
    # The Automation API asks the CLI for its version and refuses one that was built without.
    ways=(
        Build(
            "pulumi",
            f"{PULUMI}/pkg/v3/cmd/pulumi",
            {f"{PULUMI}/sdk/v3/go/common/version.Version": "v3.216.0"},
        ),
    ),
)

PULUMI_KUBERNETES = Engine(
    "pulumi-resource-kubernetes",
    "4.25.0",
    Purpose.CREATE,
    note="Pulumi's provider for Kubernetes",
    ways=(Build("pulumi"),),
)

PULUMI_PYTHON = Engine(
    "pulumi-language-python",
    "3.79.0",
    Purpose.CREATE,
    note="lets a person type `pulumi up` in a stack's folder",
    ways=(
        Build(
            "language",
            f"{PULUMI}/sdk/v3/python/cmd/pulumi-language-python",
            beside={
                "pulumi-language-python-exec": FromModule(
                    "language", f"{PULUMI}/sdk/v3", "python/cmd/pulumi-language-python-exec"
                )
            },
        ),
    ),
)

ALL = (PULUMI_CLI, PULUMI_KUBERNETES, PULUMI_PYTHON)
