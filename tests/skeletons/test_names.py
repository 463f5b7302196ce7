"""Names and import statements in the form that the formatter gives them."""

import pytest
from wireplan.skeletons import names


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("video.uploaded", "video_uploaded"),
        ("video-uploaded", "video_uploaded"),
        ("import", "import_"),
        ("a.b-c", "a_b_c"),
    ],
)
def test_a_module_is_an_identifier(name: str, found: str) -> None:
    assert names.module(name) == found
    assert found.isidentifier()


def test_a_class_has_humps() -> None:
    assert names.hump("video.up-loaded") == "VideoUpLoaded"


def test_a_name_that_is_taken_says_what_it_is() -> None:
    assert names.taken("database", ["database"], "bucket") == "database_bucket"
    assert names.taken("pictures", ["database"], "bucket") == "pictures"


def test_imports_are_sorted_and_have_a_name_a_line() -> None:
    wanted = [
        ("shop_web.wired", "Parts"),
        ("shop.v1", "b_pb2"),
        ("shop.v1", "a_pb2"),
        ("google.protobuf", "empty_pb2"),
    ]
    assert names.imports(wanted) == (
        "from google.protobuf import empty_pb2",
        "",
        "from shop.v1 import (\n    a_pb2,\n    b_pb2,\n)",
        "from shop_web.wired import Parts",
    )


def test_a_long_import_is_broken_where_the_formatter_would() -> None:
    source = "s" * (names.WIDTH - len("from  import name"))
    assert names.imports([(source, "name")]) == (f"from {source} import name",)
    assert names.imports([(source + "s", "name")]) == (f"from {source}s import (\n    name,\n)",)
