"""Run a stack's program against a mocked engine and print what it registers, as JSON. A process of its own: Pulumi keeps globals."""

import asyncio
import dataclasses
import json
import sys
from typing import Any

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime.stack import run_pulumi_func
from wireplan.manifests.objects import objects
from wireplan.rim.program import program
from wireplan.rim.program.guards import Guards
from wireplan.rim.program.settings import Settings
from wireplan.topology.types import Move

from tests.manifests.conftest import images, resolved

seen: list[dict[str, Any]] = []


class Engine(mocks.Mocks):
    """Answers with what it was given."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        return args.name, dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], None]:
        return {}, None


class Monitor(mocks.MockMonitor):
    """Notes each registration with its options."""

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """As the engine makes it: the stack itself is no part of a name."""
        above = parent.split("::")[2] if parent else ""
        whole = type_ if above in ("", "pulumi:pulumi:Stack") else f"{above}${type_}"
        return f"urn:pulumi:{sys.argv[1]}::tube::{whole}::{name}"

    def RegisterResource(self, request: Any) -> Any:
        answer = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            seen.append(
                {
                    "urn": answer.urn,
                    "parent": request.parent,
                    "protect": request.protect,
                    "retain": request.retainOnDelete,
                    "after": sorted(request.dependencies),
                    "ignore": list(request.ignoreChanges),
                    "secret": list(request.additionalSecretOutputs),
                    "provider": request.provider,
                    "aliases": [alias.spec.name for alias in request.aliases],
                    "inputs": mocks.rpc.deserialize_properties(request.object, keep_unknowns=True),
                }
            )
        return answer


def without_hooks(self: Guards) -> pulumi.ResourceHookBinding:
    """The mocked engine calls no hooks; they have tests of their own."""
    return pulumi.ResourceHookBinding()


def main(environment: str, *moves: str) -> None:
    """Register the whole of tube; a move is `services.OLD=services.NEW`."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    pulumi.runtime.set_mocks(Engine(), "tube", environment, preview=False, monitor=Monitor(Engine()))
    Guards.hooks = without_hooks
    moved = tuple(Move(*move.split("=")) for move in moves)
    topology = dataclasses.replace(resolved(environment), moved=moved)
    inline = program(topology, images(topology), Settings("context", topology.environment.namespace))
    loop.run_until_complete(run_pulumi_func(inline))
    print(json.dumps({"registered": seen, "objects": len(objects(topology, images(topology)))}, default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])
