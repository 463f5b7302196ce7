"""Kubernetes objects to Pulumi resources: components, order, protection, waiting, outputs.

`run(__file__)` is the whole program of a stack; `program(...)` the same for the Automation API.
"""

import datetime
import importlib.metadata
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from wireplan.manifests.objects import objects
from wireplan.manifests.thing import Images
from wireplan.rim import collecting
from wireplan.rim.program.settings import Settings
from wireplan.topology.types import Topology

if TYPE_CHECKING:
    import pulumi

PROVIDER = "pulumi-kubernetes"


def run(file: str) -> None:
    """The program of the stack in the folder of `file`: the environment is the one that the stack is named after."""
    collecting.rarely()
    import atexit

    import pulumi

    from wireplan.manifests.thing import ImpossibleError
    from wireplan.rim import checked
    from wireplan.rim.program import copies, telling
    from wireplan.rim.program.settings import settings, usable
    from wireplan.rim.trouble import Trouble

    # As a person in the folder would name it, so that findings read as those of `wireplan validate` there.
    folder, stack = Path(os.path.relpath(Path(file).resolve().parent)), pulumi.get_stack()
    try:
        passed = checked.passed(folder, stack)
        telling.tell(passed.run)
        topology = passed.topology
        where = settings(topology.environment, adopt=pulumi.Config().get_bool("adopt") or False)
        usable(where)
        if where.kubeconfig:
            atexit.register(copies.remove, where.kubeconfig)
        program(topology, checked.images(folder, stack), where)()
    except checked.Refused as error:
        raise pulumi.RunError(telling.refusal(error.what, error.run)) from error
    except Trouble as error:
        parts = (error.what, error.why, error.fix and f"fix: {error.fix}")
        raise pulumi.RunError("\n".join(part for part in parts if part)) from error
    except ImpossibleError as error:
        raise pulumi.RunError(error.what) from error


def program(topology: Topology, images: Images, where: Settings) -> Callable[[], None]:
    """The program that creates a system, as a function for the Automation API."""

    def inline() -> None:
        from wireplan.rim.program import muting, outputs, resting, secrets
        from wireplan.rim.program.build import Builder
        from wireplan.rim.program.guards import Guards

        resting.rest()
        muting.mute()
        guards = Guards(where, topology.allow_data_loss)
        maker = secrets.Maker(datetime.datetime.now(tz=datetime.UTC))
        builder = Builder(topology, provider(where), guards, maker)
        outputs.export(topology, builder.build(objects(topology, images)))

    return inline


def provider(where: Settings) -> "pulumi.ProviderResource":
    """The Kubernetes provider, bound to one context. ConfigMaps and Secrets change in place: their pods roll by checksum."""
    import pulumi

    inputs = {
        "context": where.context,
        "enableServerSideApply": "true",
        "enableConfigMapMutable": "true",
        "enableSecretMutable": "true",
    }
    if where.kubeconfig:
        inputs["kubeconfig"] = str(where.kubeconfig)
    options = pulumi.ResourceOptions(version=importlib.metadata.version(PROVIDER))
    return pulumi.ProviderResource("kubernetes", "cluster", inputs, options)
