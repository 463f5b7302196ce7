"""Every object of tube, as the files that `wireplan render` writes; read their diffs like code."""

import pytest
from wireplan.report import manifest_files, yaml_text

from tests.conftest import GOLDENS, Golden
from tests.manifests.conftest import made


@pytest.mark.parametrize("environment", ["local", "prod"])
def test_the_objects_of_tube(environment: str, golden: Golden) -> None:
    files = manifest_files.files(made(environment), environment)
    for name, text in files.items():
        golden(f"manifests/tube-{environment}/{name}", text)
    known = {path.name for path in (GOLDENS / "manifests" / f"tube-{environment}").iterdir()}
    assert known == set(files), "a golden file is left over: remove it"


def test_the_same_input_gives_the_same_bytes(environment: str) -> None:
    made.cache_clear()
    first = yaml_text.documents(one.body for one in made(environment))
    made.cache_clear()
    assert yaml_text.documents(one.body for one in made(environment)) == first
