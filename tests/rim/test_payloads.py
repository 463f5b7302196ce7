"""The value of a record for a person: the message, else text, else bytes."""

from pathlib import Path

import pytest
from wireplan.rim import payloads

PROTO = """syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
import "shop/v1/money.proto";
message Order { string id = 1; Money price = 2; google.protobuf.Timestamp at = 3; }
"""
MONEY = 'syntax = "proto3";\npackage shop.v1;\nmessage Money { int64 cents = 1; }\n'
ORDER = b"\x0a\x02o1\x12\x03\x08\xe7\x07\x1a\x02\x08\x01"


@pytest.fixture
def protos(tmp_path: Path) -> Path:
    folder = tmp_path / "shop" / "v1"
    folder.mkdir(parents=True)
    (folder / "a_order.proto").write_text(PROTO)  # before the file that it imports, in the order of names
    (folder / "money.proto").write_text(MONEY)
    return tmp_path


def test_a_message_of_the_contracts_is_shown_as_json(protos: Path) -> None:
    found = payloads.shown(ORDER, "shop.v1.Order", protos)
    assert found["json"] == {"id": "o1", "price": {"cents": "999"}, "at": "1970-01-01T00:00:01Z"}
    assert found["what"] == "shop.v1.Order"
    assert '"cents": "999"' in found["text"]


@pytest.mark.parametrize(("value", "message", "what"), [
    (b"\xff\xff\xff garbage", "shop.v1.Order", "bytes"),
    (b"no message", "shop.v1.Nothing", "text"),
    (b"no message", "", "text"),
])  # fmt: skip
def test_what_is_no_message_is_text_or_bytes(protos: Path, value: bytes, message: str, what: str) -> None:
    found = payloads.shown(value, message, protos)
    assert (found["what"], found["json"]) == (what, None)


def test_protos_that_do_not_compile_hide_nothing(protos: Path) -> None:
    (protos / "shop" / "v1" / "money.proto").write_text("message {")
    assert payloads.shown(b"text", "shop.v1.Order", protos)["text"] == "text"


def test_without_contracts_the_value_is_shown_as_it_is() -> None:
    assert payloads.shown("привет\n".encode(), "shop.v1.Order", None)["text"] == "привет\n"


def test_a_beginning_is_called_one_and_is_not_decoded(protos: Path) -> None:
    assert payloads.shown(ORDER, "shop.v1.Order", protos, cut=True)["what"] == "bytes, its beginning"


def test_text_that_could_move_the_cursor_is_shown_as_bytes() -> None:
    found = payloads.shown(b"\x1b[2Jgone", "", None)
    assert found["text"] == "000000  1b 5b 32 4a 67 6f 6e 65                          .[2Jgone"
