"""The contracts: current, complete, and safe to repeat (rows P6, P7, F1.3)."""

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet, MethodOptions

import tube

ROOT = Path(tube.__file__).parent
ONCE = {"BeginLogin", "FinishLogin"}
"""Methods of a login, whose state is good once: nobody may try them again by himself."""
WHOSE = {"VideoUnwanted": {"video_id"}, "NotificationDue": {"video_id", "account_id"}}
"""What events say of whom they are about, other than a video and its owner."""
PROTOS = Path(__file__).parents[5] / "protos"


def descriptors() -> FileDescriptorSet:
    """All contracts, as other programs read them."""
    return FileDescriptorSet.FromString((ROOT / "descriptors.binpb").read_bytes())


def own_files() -> list[Any]:
    """The files of the system, without what protobuf brings."""
    return [file for file in descriptors().file if file.package.startswith("tube.")]


def test_every_method_says_whether_it_may_be_repeated() -> None:
    """Without a level, nothing may be retried: those are few, and known."""
    methods = [method for file in own_files() for service in file.service for method in service.method]
    assert len(methods) >= 12
    unsaid = {
        method.name
        for method in methods
        if method.options.idempotency_level == MethodOptions.IDEMPOTENCY_UNKNOWN
    }
    assert unsaid == ONCE


def test_events_say_when_and_whose() -> None:
    """Each event names its video and its time; its owner, too, where somebody is told of it."""
    (events,) = [file for file in own_files() if file.package == "tube.events.v1"]
    for message in events.message_type:
        needed = {"occurred_at"} | WHOSE.get(message.name, {"video_id", "owner_id"})
        assert needed <= {field.name for field in message.field}, message.name


def test_all_modules_import_and_know_their_descriptor() -> None:
    """Generated code fits the runtime that is locked."""
    for file in own_files():
        module = importlib.import_module(file.name.removesuffix(".proto").replace("/", ".") + "_pb2")
        assert module.DESCRIPTOR.name == file.name
        if file.service:
            importlib.import_module(module.__name__ + "_grpc")


def test_sources_lie_beside_the_code() -> None:
    """So that the wheel is all that another team needs."""
    for file in own_files():
        assert (ROOT.parent / file.name).exists()


@pytest.mark.skipif(not PROTOS.is_dir(), reason="the .proto files are not at hand: this is not a clone")
def test_generated_code_is_current(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is committed is what the generator writes."""
    pytest.importorskip("grpc_tools")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    path = Path(__file__).parents[1] / "generate.py"
    spec = importlib.util.spec_from_file_location("generate", path)
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    monkeypatch.setattr(sys, "argv", ["generate.py", "--check"])
    assert generate.main() == 0, capfd.readouterr().err
