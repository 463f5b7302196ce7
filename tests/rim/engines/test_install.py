"""Having a program: the ways in their order, whole or not at all, one run at a time."""

import fcntl
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from wireplan.rim.engines import install, places
from wireplan.rim.engines.kinds import Ask, Build, Debian, Engine, Purpose, Release, Way
from wireplan.rim.engines.releases import UnavailableError
from wireplan.rim.trouble import Trouble

RELEASE = Release("1.0.0", "http://127.0.0.1:1/tool", {"amd64": "0" * 64})
BUILD = Build("tool")
TOOL = Engine("tool", "1.0.0", Purpose.CHECKS, ways=(RELEASE, BUILD))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WIREPLAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", "")
    return tmp_path / "home"


def outcomes(monkeypatch: pytest.MonkeyPatch, table: dict[type[Way], Exception | str]) -> list[str]:
    """Let each kind of way end as the table says: raise, or make the program and return the version. Returns the ways tried."""
    tried: list[str] = []

    def put(engine: Engine, way: Way, staging: Path) -> str:
        tried.append(type(way).__name__)
        outcome = table[type(way)]
        (staging / engine.name).write_text("half")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(install, "put", put)
    return tried


def test_the_first_way_that_leads_there_is_taken(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = outcomes(monkeypatch, {Release: "1.0.0", Build: AssertionError("too far")})
    assert install.first_way(TOOL) == home / "tools" / "tool" / "1.0.0" / "tool"
    assert tried == ["Release"]


def test_a_download_that_cannot_be_reached_falls_through_to_the_build(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = outcomes(monkeypatch, {Release: UnavailableError("the host cannot be reached"), Build: "1.0.0"})
    install.first_way(TOOL)
    assert tried == ["Release", "Build"]
    assert "not by release: the host cannot be reached" in capsys.readouterr().err


def test_when_no_way_leads_there_each_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes(
        monkeypatch,
        {Release: UnavailableError("out of reach"), Build: Trouble("go build failed", why="line 3")},
    )
    with pytest.raises(Trouble) as caught:
        install.first_way(TOOL)
    assert "out of reach" in caught.value.why
    assert "line 3" in caught.value.why
    assert "PATH" in caught.value.fix


def test_nothing_half_made_is_left_behind(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes(monkeypatch, {Release: KeyboardInterrupt(), Build: "1.0.0"})  # type: ignore[dict-item]
    monkeypatch.setattr(install, "put", interrupted)
    with pytest.raises(KeyboardInterrupt):
        install.first_way(TOOL)
    assert list((home / "tools" / "tool").iterdir()) == []


def test_what_a_killed_run_left_is_cleared_by_the_next(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = home / "tools" / "tool" / ".new-abc"
    stale.mkdir(parents=True)
    outcomes(monkeypatch, {Release: "1.0.0", Build: "1.0.0"})
    install.first_way(TOOL)
    assert [path.name for path in (home / "tools" / "tool").iterdir()] == ["1.0.0"]


def interrupted(engine: Engine, way: Way, staging: Path) -> str:
    (staging / engine.name).write_text("half")
    raise KeyboardInterrupt


def test_a_version_that_will_not_do_is_not_installed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes(monkeypatch, {Release: "0.9.0", Build: "1.0.0"})
    install.first_way(TOOL)
    assert places.installed(TOOL) == home / "tools" / "tool" / "1.0.0" / "tool"
    assert not (home / "tools" / "tool" / "0.9.0").exists()


def test_what_came_must_run_as_the_program_that_it_should_be(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = replace(TOOL, ask=Ask(("--version",), r"tool (\S+)"))
    outcomes(monkeypatch, {Release: "1.0.0", Build: "1.0.0"})  # a text file, which does not run
    with pytest.raises(Trouble) as caught:
        install.first_way(asked)
    assert "does not run as tool" in caught.value.why
    assert places.installed(asked) is None


def test_what_is_there_is_not_had_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = home / "tools" / "buf" / "1.75.0"
    folder.mkdir(parents=True)
    (folder / "buf").write_text("")
    monkeypatch.setattr(install, "ensure", lambda _: pytest.fail("it is there"))
    assert install.path("buf") == folder / "buf"


def test_a_second_run_waits_for_the_first(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home.mkdir(parents=True)
    entered = threading.Event()

    def second() -> None:
        with install.locked():
            entered.set()

    with (home / "tools.lock").open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        thread = threading.Thread(target=second)
        thread.start()
        assert not entered.wait(0.2)
    thread.join(10)
    assert entered.is_set()
    assert "waiting" in capsys.readouterr().err


def needing(monkeypatch: pytest.MonkeyPatch, release: Exception | str) -> list[str]:
    """A table of a tool and of Go, of which the tool's build has need; the programs that are made, in their order."""
    go = Engine("go", "1.26.5", Purpose.BUILD, ways=(Debian(("go",), {}),))
    made: list[str] = []

    def put(engine: Engine, way: Way, staging: Path) -> str:
        if isinstance(way, Build):
            install.path("go")
        elif isinstance(way, Release) and isinstance(release, Exception):
            raise release
        (staging / engine.name).write_text("")
        made.append(engine.name)
        return engine.version

    monkeypatch.setattr(install, "ENGINES", {"tool": TOOL, "go": go})
    monkeypatch.setattr(install, "put", put)
    return made


def test_go_is_not_had_where_a_release_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    made = needing(monkeypatch, "1.0.0")
    install.path("tool")
    assert made == ["tool"]


@pytest.mark.timeout(60)
def test_go_is_had_by_the_build_that_needs_it_while_it_holds_the_lock(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = needing(monkeypatch, UnavailableError("out of reach"))
    monkeypatch.setattr(places, "counts", lambda engine, name: name == engine.version)
    assert install.path("tool") == home / "tools" / "tool" / "1.0.0" / "tool"
    assert made == ["go", "tool"]


def test_the_lock_is_let_go_of_when_the_last_that_holds_it_ends(home: Path) -> None:
    with install.locked(), install.locked():
        pass
    with (home / "tools.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises where it is held
    assert not install.HOLDING.lock


def test_programs_are_chosen_by_name_and_purpose_in_the_tables_order() -> None:
    chosen = install.chosen(["caddy"], ["build"])
    assert chosen == ["uv", "go", "caddy"]
    assert len(install.chosen([], [])) > 20


@pytest.mark.parametrize(("names", "purposes"), [(["kubektl"], []), ([], ["fun"])])
def test_an_unknown_name_or_purpose_is_told_with_the_known_ones(
    names: list[str], purposes: list[str]
) -> None:
    with pytest.raises(Trouble) as caught:
        install.chosen(names, purposes)
    assert "kubectl" in caught.value.fix or "cluster" in caught.value.fix
