"""Generate the contracts from the .proto files: messages with stubs, typed services, descriptors.

    uv run --frozen contracts/generate.py [--check] [--protos DIR]

It runs with this workspace's own protoc, because code of one protobuf generation refuses an older runtime. What it writes is
committed, so that building an image needs no protoc; `--check` says whether it is current.
"""

import argparse
import shutil
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

HERE = Path(__file__).resolve().parent
PACKAGES = [
    "tube",
    "buf.validate",
]
"""The system's own package first; then those that its contracts import, and that no other wheel brings."""
PROTOS = HERE / "../../../../protos"
HEADER = '"""Generated from the .proto beside it by contracts/generate.py."""\n'


def main() -> int:
    """Write the generated package, or with --check compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when the package is out of date"
    )
    parser.add_argument("--protos", type=Path, default=PROTOS, help="the folder that holds the .proto files")
    arguments = parser.parse_args()
    target = HERE / "src"
    with tempfile.TemporaryDirectory() as folder:
        fresh = generate(arguments.protos.resolve(), Path(folder))
        stale = differences(fresh, target)
        if arguments.check:
            for name in stale:
                print(f"out of date: {name}", file=sys.stderr)
            return 1 if stale else 0
        if stale:
            replace(fresh, target)
        print(f"{len(stale)} files changed")
    return 0


def generate(protos: Path, out: Path) -> Path:
    """Run protoc for every file of the packages and return the folder that holds them."""
    folders = [package.replace(".", "/") for package in PACKAGES]
    for folder in folders:
        if not any(protos.glob(f"{folder}/**/*.proto")):
            raise SystemExit(f"no .proto files under {protos / folder}")
        (out / folder).mkdir(parents=True)
    sources = sorted(source for folder in folders for source in protos.glob(f"{folder}/**/*.proto"))
    arguments = [
        "protoc",
        f"--proto_path={protos}",
        f"--proto_path={files('grpc_tools').joinpath('_proto')}",
        f"--python_out={out}",
        f"--pyi_out={out}",
        f"--grpc_python_out={out}",
        f"--mypy_grpc_out={out}",
        f"--descriptor_set_out={out / folders[0] / 'descriptors.binpb'}",
        "--include_imports",
        *(str(source.relative_to(protos)) for source in sources),
    ]
    if protoc.main(arguments) != 0:
        raise SystemExit("protoc refused the contracts")
    for source in sources:
        shutil.copyfile(source, out / source.relative_to(protos))
    for root in (out / folder for folder in folders):
        for folder in [root, *(path for path in root.rglob("*") if path.is_dir())]:
            (folder / "__init__.py").write_text(HEADER)
        (root / "py.typed").touch()
        drop_empty_services(root)
    return out


def drop_empty_services(root: Path) -> None:
    """Messages without a service get a gRPC module all the same; nobody may import it."""
    for stub in root.rglob("*_pb2_grpc.py"):
        if "Servicer" not in stub.read_text():
            stub.unlink()
            stub.with_suffix(".pyi").unlink(missing_ok=True)


def listing(root: Path) -> dict[str, bytes]:
    """Every file of the packages with its bytes."""
    found = (path for package in PACKAGES for path in (root / package.replace(".", "/")).rglob("*"))
    paths = (path for path in found if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}


def differences(fresh: Path, target: Path) -> list[str]:
    """Names that are missing, left over, or differ."""
    new, old = listing(fresh), listing(target)
    return sorted(name for name in new.keys() | old.keys() if new.get(name) != old.get(name))


def replace(fresh: Path, target: Path) -> None:
    """Put the fresh packages in the place of the old ones."""
    for folder in (package.replace(".", "/") for package in PACKAGES):
        shutil.rmtree(target / folder, ignore_errors=True)
        shutil.copytree(fresh / folder, target / folder)


if __name__ == "__main__":
    sys.exit(main())
