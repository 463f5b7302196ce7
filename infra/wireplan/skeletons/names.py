"""Python names made of the names in a topology and in contracts."""

import re

WORD = re.compile(r"[^a-z0-9]+")
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def module(name: str) -> str:
    """A module's name: `video.uploaded` and `video-uploaded` are `video_uploaded`."""
    return WORD.sub("_", name.lower()).strip("_")


def snake(name: str) -> str:
    """A function's name: `CreateVideo` is `create_video`, `GetURLs` is `get_urls`... as far as humps tell."""
    return HUMP.sub("_", name).lower()


def hump(name: str) -> str:
    """A class' name: `video.uploaded` is `VideoUploaded`."""
    return "".join(word.capitalize() for word in WORD.split(name.lower()) if word)


def last(full_name: str) -> str:
    """The last part of a dotted name."""
    return full_name.rsplit(".", 1)[-1]


def package(full_name: str) -> str:
    """A dotted name without its last part."""
    return full_name.rpartition(".")[0]
