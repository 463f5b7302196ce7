"""The head of a service template, template.yaml: a small mapping that the maintainers of templates write."""

import yaml


def mapping(text: str) -> object:
    """The parsed text. What is wrong with it, the reader of the template says, who knows its name."""
    loaded: object = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    return loaded
