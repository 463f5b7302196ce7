"""What a template.yaml may say."""

from typing import Any

import pytest
from wireplan.rim.scaffolding import sources
from wireplan.skeletons import template
from wireplan.skeletons.template import TemplateError

GOOD: dict[str, Any] = {
    "what": "Files.",
    "each": "service",
    "into": "{{service}}",
    "needs": ["grpc"],
    "yours": ["src/*.py"],
}
FILES = {"src/handlers.py": "", "README.md.jinja": "# {{ service.name }}\n"}


def test_a_template_says_what_a_person_owns() -> None:
    built = template.build("grpc", GOOD, FILES)
    assert built.owned_by_person("src/handlers.py")
    assert not built.owned_by_person("README.md.jinja")


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ([], "not a mapping"),
        ({**GOOD, "need": ["grpc"]}, "unknown key need"),
        ({**GOOD, "each": "topic"}, "each is one of system, service"),
        ({"each": "service"}, "what is missing"),
        ({**GOOD, "moved": {"a": "b"}}, "moved says that a is now b"),
        ({**GOOD, "yours": ["src/handler.py"]}, "no file matches src/handler.py"),
    ],
)
def test_a_fault_in_a_template_names_it(said: object, fault: str) -> None:
    with pytest.raises(TemplateError, match=f"grpc: .*{fault}"):
        template.build("grpc", said, FILES)


def test_every_template_of_ours_can_be_read() -> None:
    assert {"contracts", "platform", "workspace"} <= {each.name for each in sources.templates()}
