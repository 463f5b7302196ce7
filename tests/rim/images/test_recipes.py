"""What the system images hold, as far as it can be said without building them."""

import hashlib
import re
import sys
from pathlib import Path

import pytest
from wireplan.rim import images
from wireplan.rim.images import debian, jars, parts, recipes
from wireplan.rim.images.layers import Entry
from wireplan.rim.images.names import parse
from wireplan.rim.images.parts import User, ground, stamped
from wireplan.rim.trouble import Trouble


def test_every_image_has_the_full_name_of_a_public_image_or_one_of_ours() -> None:
    """The same manifests then run on a cluster that pulls from the public registries."""
    for key, recipe in recipes.RECIPES.items():
        assert str(parse(recipe.name)) == recipe.name
        assert key == recipe.key
        assert parse(recipe.name).tag != "latest"


def test_no_image_runs_as_root_by_default() -> None:
    """Pods are restricted, and so is a container that somebody starts by hand."""
    assert [key for key, recipe in recipes.RECIPES.items() if int(recipe.config.user) == 0] == []


def test_an_unknown_image_is_named_with_a_near_one() -> None:
    """A typing error is answered with what was meant."""
    with pytest.raises(Trouble, match='"kafak"; did you mean kafka'):
        images.system(["kafak"])


def test_a_program_that_needs_shared_libraries_is_told_from_a_static_one(tmp_path: Path) -> None:
    """An image from scratch has no loader, and the error of a container would not say so."""
    assert parts.dynamic(Path(sys.executable).resolve())
    header = bytearray(64 + 56)
    header[:4] = b"\x7fELF"
    header[32:40] = (64).to_bytes(8, "little")
    header[54:56], header[56:58] = (56).to_bytes(2, "little"), (1).to_bytes(2, "little")
    header[64] = 1  # PT_LOAD
    program = tmp_path / "static"
    program.write_bytes(header)
    assert not parts.dynamic(program)


def test_a_stamp_tells_every_difference() -> None:
    """Two kinds with equal fields, another order, another content of an entry."""
    user = User("a", 1)
    assert stamped(user) == stamped(User("a", 1))
    assert (
        len(
            {
                stamped(user),
                stamped(User("a", 2)),
                stamped([user, user]),
                stamped(Entry("a", b"1")),
                stamped(Entry("a", b"2")),
            }
        )
        == 5
    )


def test_every_image_knows_its_user_by_name() -> None:
    """initdb refuses a user number that has no name."""
    passwd = next(entry.source for entry in ground(User("postgres", 26)) if entry.path == "etc/passwd")
    assert isinstance(passwd, bytes)
    assert re.search(rb"^postgres:x:26:26:", passwd, re.MULTILINE)


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("usr/bin/python3.13", True),
        ("usr/lib/python3.13/asyncio/__pycache__/tasks.cpython-313.pyc", True),
        ("usr/share/doc/python3/copyright", False),
        ("usr/share/zoneinfo/Europe/Berlin", True),
        ("usr/lib/locale/C.utf8/LC_CTYPE", True),
        ("etc/resolv.conf", False),
        ("etc/apt/sources.list", False),
        ("var/lib/dpkg/status.d/python3", True),
        ("usr/bin/dpkg-deb", False),
        ("usr/share/postgresql/17/postgresql.conf.sample", True),
    ],
)
def test_a_root_file_system_keeps_what_runs_and_what_scanners_read(path: str, kept: bool) -> None:
    """Documentation, the package manager, and the building machine's own settings go."""
    assert (debian.pattern(debian.NEVER).match(path) is None) is kept


def test_the_committed_jars_are_kafka_with_a_voice() -> None:
    """The broker of the version that the image is called by, and a binding without which it logs nothing."""
    names = set(jars.wanted(jars.SUMS.read_text()))
    version = parse(recipes.KAFKA.name).tag
    assert {f"kafka_2.13-{version}.jar", f"kafka-server-{version}.jar"} <= names
    assert any(name.startswith("log4j-slf4j-impl") for name in names)


def test_a_jar_with_another_content_is_refused_by_name(tmp_path: Path) -> None:
    """Also one too many, and one that is missing."""
    (tmp_path / "good.jar").write_bytes(b"good")
    good = hashlib.sha256(b"good").hexdigest()
    assert [jar.name for jar in jars.checked(tmp_path, {"good.jar": good})] == ["good.jar"]
    for sums in ({"good.jar": "0" * 64}, {}, {"good.jar": good, "missing.jar": "0" * 64}):
        with pytest.raises(Trouble, match="jar"):
            jars.checked(tmp_path, sums)
