"""`wireplan explain` as a person runs it."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner
from wireplan.commands import outcome
from wireplan.commands.app import build
from wireplan.load.codes import TABLE
from wireplan.rules.check import every


def explained(*words: str) -> str:
    """What `wireplan explain` prints."""
    result = CliRunner().invoke(build(), ["explain", *words])
    assert result.exit_code == outcome.FINE
    return result.stdout


def test_a_page_says_what_why_fix_and_source_with_both_examples() -> None:
    page = explained("KAF007")
    assert page.startswith("KAF007 static-member-with-consumer-protocol (error)\n")
    parts = [
        "\nWhat: ",
        "\nWhy: ",
        "\nFix: ",
        "\nSource: ",
        "\nBad:\n",
        "\nGood:\n",
        "\nwaivers:\n".replace("\nw", "\n    w"),
    ]
    positions = [page.index(part) for part in parts]
    assert positions == sorted(positions)
    assert "protocol: consumer # <- KAF007" in page


@pytest.mark.parametrize(
    "word", ["kaf007", "static-member-with-consumer-protocol", "static_member_with_consumer_protocol"]
)
def test_a_page_is_found_by_code_or_name_in_any_spelling(word: str) -> None:
    assert explained(word) == explained("KAF007")


OTHERS = [
    *("BAS001", "WAI001", "WAI002", "WAI003", "WAI004", "PAT001", "PAT002"),
    *("PRO001", "PRO002", "PRO003", "PRO004", "PRO005"),
    *("MIG001", "MIG002", "MIG003"),
]


@pytest.mark.parametrize("code", [*(rule.code for rule in every()), *TABLE, *OTHERS])
def test_every_code_has_its_page(code: str) -> None:
    page = explained(code)
    assert page.startswith(code)
    assert "\nFix: " in page


def test_without_a_code_all_are_listed_with_severity_and_name() -> None:
    lines = explained().splitlines()
    assert [line.split()[0] for line in lines] == sorted([rule.code for rule in every()] + [*TABLE, *OTHERS])
    assert all(line.split()[1] in {"error", "warning", "note"} for line in lines)


def test_an_unknown_code_is_wrong_use_with_a_guess(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome.guarded(lambda: build()(["explain", "static-membr-with-consumer-protocol"])) == outcome.USE
    assert "did you mean static-member-with-consumer-protocol?" in capsys.readouterr().err


def test_explaining_imports_no_heavy_package() -> None:
    program = "import sys; from wireplan.commands.app import build\ntry: build()(['explain', 'KAF007'])\nexcept SystemExit: pass\n"
    program += "print(*sorted(name for name in sys.modules if '.' not in name), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {"pydantic", "yaml", "jinja2", "pulumi", "kubernetes"} & set(done.stderr.split()) == set()
