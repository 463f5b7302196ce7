"""Our frozen dataclasses are dataclasses, frozen."""

import copy
import dataclasses
import pickle
from dataclasses import field

import pytest
from wireplan.records import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """A place."""

    x: int
    y: int = 0
    tags: list[str] = field(default_factory=list[str])

    @property
    def sum(self) -> int:
        """Both."""
        return self.x + self.y


def test_fields_defaults_and_factories() -> None:
    one, other = Point(1), Point(x=1, y=2, tags=["a"])
    assert (one.x, one.y, one.tags, one.sum) == (1, 0, [], 1)
    assert (other.y, other.tags) == (2, ["a"])
    assert one.tags is not Point(1).tags
    with pytest.raises(TypeError, match="x"):
        Point()  # pyright: ignore[reportCallIssue]


def test_equal_by_value_and_class() -> None:
    @dataclass(frozen=True, slots=True)
    class Other:
        x: int
        y: int
        tags: list[str]

    assert Point(1) == Point(1, 0)
    assert Point(1) != Point(2)
    assert Point(1) != Other(1, 0, [])


def test_hashed_by_value() -> None:
    @dataclass(frozen=True, slots=True)
    class Key:
        a: str
        b: int | None = None

    assert len({Key("a"), Key("a"), Key("a", 1)}) == 2
    with pytest.raises(TypeError):
        hash(Point(1))


def test_it_cannot_be_changed() -> None:
    point = Point(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match=r"Point\.x"):
        point.x = 2  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del point.y  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises((AttributeError, dataclasses.FrozenInstanceError)):
        point.z = 1  # pyright: ignore[reportAttributeAccessIssue]
    assert not hasattr(point, "__dict__")


def test_it_is_a_dataclass_to_the_standard_library() -> None:
    point = Point(1, tags=["a"])
    assert dataclasses.is_dataclass(Point)
    assert dataclasses.replace(point, y=5) == Point(1, 5, ["a"])
    assert dataclasses.asdict(point) == {"x": 1, "y": 0, "tags": ["a"]}
    assert [each.name for each in dataclasses.fields(point)] == ["x", "y", "tags"]


def test_it_prints_as_one() -> None:
    assert repr(Point(1)) == "Point(x=1, y=0, tags=[])"


def test_it_can_be_copied_and_stored() -> None:
    point = Point(1, tags=["a"])
    assert copy.deepcopy(point) == point
    assert copy.copy(point) == point
    assert pickle.loads(pickle.dumps(point)) == point


def test_only_frozen_classes_are_made_here() -> None:
    with pytest.raises(TypeError, match="only frozen"):
        dataclass(frozen=False, slots=True)
