"""The table of outside programs: complete, and true to the modules beside it."""

import re

import pytest
from wireplan.rim.engines import places
from wireplan.rim.engines.kinds import Alias, Build, Engine, FromModule, Release, Wheel, numbers
from wireplan.rim.engines.table import ENGINES

ALL = pytest.mark.parametrize("engine", ENGINES.values(), ids=lambda engine: engine.name)


def required(module: str) -> str:
    return (places.MODULES / module / "go.mod").read_text()


@ALL
def test_every_program_has_a_way_and_a_word_what_it_is_for(engine: Engine) -> None:
    assert engine.ways
    assert engine.note


@ALL
def test_the_version_named_is_one_that_fits(engine: Engine) -> None:
    assert engine.fits.takes(engine.version)
    for way in engine.ways:
        if isinstance(way, Release | Wheel):
            assert engine.fits.takes(way.version), (
                f"the {type(way).__name__} has a version that would be refused"
            )


@ALL
def test_downloads_are_pinned_by_a_whole_checksum(engine: Engine) -> None:
    for way in engine.ways:
        if isinstance(way, Release | Wheel):
            assert way.sha256
            assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in way.sha256.values())


@ALL
def test_what_is_built_has_its_sources_pinned(engine: Engine) -> None:
    for way in engine.ways:
        if isinstance(way, Build) and way.module != "pause":  # it has no dependency at all
            assert (places.MODULES / way.module / "go.sum").is_file()
        if isinstance(way, Build | FromModule):
            assert (places.MODULES / way.module / "go.mod").is_file()


@pytest.mark.parametrize(
    ("program", "module", "requirement"),
    [
        ("kube", "kube", "k8s.io/kubernetes v"),
        ("coredns", "kube", "github.com/coredns/coredns v"),
        ("metrics-server", "kube", "sigs.k8s.io/metrics-server v"),
        ("cnpg-manager", "kube", "github.com/cloudnative-pg/cloudnative-pg v"),
        ("netpol", "kube", "sigs.k8s.io/kube-network-policies v"),
        ("versitygw", "versitygw", "github.com/versity/versitygw v"),
        ("kubeconform", "checks", "github.com/yannh/kubeconform v"),
        ("actionlint", "checks", "github.com/rhysd/actionlint v"),
        ("pulumi", "pulumi", "github.com/pulumi/pulumi/pkg/v3 v"),
        ("pulumi-language-python", "language", "github.com/pulumi/pulumi/sdk/v3 v"),
    ],
)
def test_the_version_of_the_table_is_that_of_the_module(program: str, module: str, requirement: str) -> None:
    assert f"{requirement}{ENGINES[program].version}" in required(module)


def test_the_version_of_promtool_is_that_of_its_module() -> None:
    """Prometheus 3.14.0 is version 0.314.0 as a Go module: its API promises nothing."""
    major, minor, patch = numbers(ENGINES["promtool"].version)
    assert f"github.com/prometheus/prometheus v0.{major}{minor:02}.{patch}" in required("prometheus")


def test_the_operator_and_its_manifest_are_of_one_version() -> None:
    way = ENGINES["cnpg-manifest"].ways[0]
    assert isinstance(way, FromModule)
    assert way.file == f"releases/cnpg-{ENGINES['cnpg-manager'].version}.yaml"


def test_an_alias_comes_after_what_it_stands_for() -> None:
    names = list(ENGINES)
    for engine in ENGINES.values():
        for way in engine.ways:
            if isinstance(way, Alias):
                assert names.index(way.of) < names.index(engine.name)


def test_no_module_of_ours_lies_unused() -> None:
    used = {
        way.module
        for engine in ENGINES.values()
        for way in engine.ways
        if isinstance(way, Build | FromModule)
    }
    assert used == {path.parent.name for path in places.MODULES.glob("*/go.mod")}


def test_the_least_go_is_one_that_every_module_is_content_with() -> None:
    least = numbers(ENGINES["go"].fits.least)
    asked = {
        path.parent.name: re.findall(r"^go (\S+)", path.read_text(), re.MULTILINE)[0]
        for path in places.MODULES.glob("*/go.mod")
    }
    assert {name: version for name, version in asked.items() if numbers(version)[:2] > least} == {}
