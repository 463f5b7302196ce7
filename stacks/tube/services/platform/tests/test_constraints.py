"""Rules of a contract, held where a message comes in and where it goes out, with the field's name in every refusal (row P6)."""

from typing import Any, cast

import grpc
import grpc.aio
import httpx2
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.wrappers_pb2 import StringValue
from google.rpc import error_details_pb2, status_pb2
from protovalidate import CompilationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tube_platform import constraints, errors
from tube_platform.errors import Invalid, Violation
from tube_platform.kafka.failures import Failure, Poison, classify
from tube_platform.kafka.loop import Handler
from tube_platform.kafka.records import Partition, Received
from tube_platform.outbox import ContractError, Outbox
from tube_platform.postgres import Connection
from tube_platform.rpc import codes, http
from tube_platform.testing.rpc import served
from tube_platform.wiring import Publication

NO_CONNECTION = cast("Connection", None)
KIND = descriptor_pb2.FieldDescriptorProto
OPTIONS = """
name: "buf/validate/validate.proto" package: "buf.validate" dependency: "google/protobuf/descriptor.proto"
message_type { name: "StringRules"
  field { name: "min_len" number: 2 type: TYPE_UINT64 label: LABEL_OPTIONAL }
  field { name: "max_len" number: 3 type: TYPE_UINT64 label: LABEL_OPTIONAL } }
message_type { name: "Rule"
  field { name: "id" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "message" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "expression" number: 3 type: TYPE_STRING label: LABEL_OPTIONAL } }
message_type { name: "FieldRules"
  field { name: "cel" number: 23 type: TYPE_MESSAGE type_name: ".buf.validate.Rule" label: LABEL_REPEATED }
  field { name: "string" number: 14 type: TYPE_MESSAGE type_name: ".buf.validate.StringRules" label: LABEL_OPTIONAL } }
extension { name: "field" number: 1159 type: TYPE_MESSAGE type_name: ".buf.validate.FieldRules" label: LABEL_OPTIONAL
  extendee: ".google.protobuf.FieldOptions" }
"""
"""As much of protovalidate's options as is needed here: the platform's own tests need no contract of the system."""

RULES = """
name: "strict.proto" package: "strict" syntax: "proto3" dependency: "buf/validate/validate.proto"
message_type { name: "Order"
  field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL
    options { [buf.validate.field] { string { min_len: 1 max_len: 5 } } } }
  field { name: "lines" number: 2 type: TYPE_MESSAGE type_name: ".strict.Line" label: LABEL_REPEATED }
  field { name: "by_label" number: 3 type: TYPE_MESSAGE type_name: ".strict.Order.ByLabelEntry" label: LABEL_REPEATED }
  nested_type { name: "ByLabelEntry" options { map_entry: true }
    field { name: "key" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "value" number: 2 type: TYPE_MESSAGE type_name: ".strict.Line" label: LABEL_OPTIONAL } } }
message_type { name: "Line"
  field { name: "what" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL
    options { [buf.validate.field] { string { min_len: 1 } } } } }
message_type { name: "Broken"
  field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL
    options { [buf.validate.field] { cel { id: "no" message: "no" expression: "this +" } } } } }
message_type { name: "Around"
  field { name: "by_name" number: 1 type: TYPE_MESSAGE type_name: ".strict.Around.ByNameEntry" label: LABEL_REPEATED }
  nested_type { name: "ByNameEntry" options { map_entry: true }
    field { name: "key" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "value" number: 2 type: TYPE_MESSAGE type_name: ".strict.Broken" label: LABEL_OPTIONAL } } }
message_type { name: "Share"
  field { name: "among" number: 1 type: TYPE_INT32 label: LABEL_OPTIONAL
    options { [buf.validate.field] { cel { id: "fair" message: "a share is whole" expression: "12 % this == 0" } } } } }
"""


def messages() -> tuple[Any, ...]:
    """An order with rules, a line of it, a message whose rule is none, one around it, and one whose rule does not always have an answer."""
    from google.protobuf import text_format

    pool = descriptor_pool.DescriptorPool()
    plain = descriptor_pb2.FileDescriptorProto()
    descriptor_pb2.DESCRIPTOR.CopyToProto(plain)
    pool.Add(plain)
    pool.Add(text_format.Parse(OPTIONS, descriptor_pb2.FileDescriptorProto()))
    file = message_factory.GetMessageClass(pool.FindMessageTypeByName("google.protobuf.FileDescriptorProto"))
    pool.AddSerializedFile(text_format.Parse(RULES, file(), descriptor_pool=pool).SerializeToString())
    names = ("Order", "Line", "Broken", "Around", "Share")
    kinds = (pool.FindMessageTypeByName(f"strict.{name}") for name in names)
    return tuple(message_factory.GetMessageClass(kind) for kind in kinds)


Order, Line, Broken, Around, Share = messages()
GOOD = Order(name="ada", lines=[Line(what="a book")])
BAD = Order(lines=[Line(what="a book"), Line()])
SAID = [("name", "STRING_MIN_LEN"), ("lines[1].what", "STRING_MIN_LEN")]


def pairs(violations: tuple[Violation, ...]) -> list[tuple[str, str]]:
    """Fields and rules."""
    return [(each.field, each.rule) for each in violations]


class Service:
    """Takes orders, and remembers them."""

    def __init__(self) -> None:
        self.taken: list[Any] = []

    async def Take(self, request: Any, context: Any) -> Any:
        """Echo it."""
        self.taken.append(request)
        return request


def add(servicer: Service, server: grpc.aio.Server) -> None:
    """Serve the method; the signature is that of generated code."""
    handler = grpc.unary_unary_rpc_method_handler(
        servicer.Take, request_deserializer=Order.FromString, response_serializer=Order.SerializeToString
    )
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("strict.Orders", {"Take": handler}),)
    )


async def refused(order: Any, service: Service) -> grpc.aio.AioRpcError:
    """How a call with this order is refused."""
    async with served(add, service) as channel:
        take: Any = channel.unary_unary("/strict.Orders/Take", Order.SerializeToString, Order.FromString)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await take(order)
    return caught.value


def test_fields_are_named_and_values_are_not() -> None:
    """An entry of a list by its number; a key of a map is a value."""
    assert pairs(constraints.broken(BAD)) == SAID
    secret = Order(name="a secret", by_label={"another secret": Line()})
    said = constraints.broken(secret)
    assert pairs(said) == [("name", "STRING_MAX_LEN"), ("by_label[].what", "STRING_MIN_LEN")]
    assert "secret" not in constraints.text(said)


def test_a_message_as_its_contract_says_passes() -> None:
    """And one without rules is not even looked at."""
    constraints.check(GOOD)
    constraints.check(StringValue())
    with pytest.raises(Invalid, match=r"name: .*; lines\[1\]\.what: "):
        constraints.check(BAD)


def test_no_more_is_told_than_fits_into_a_header() -> None:
    """A thousand mistakes are one mistake, a thousand times."""
    many = constraints.broken(Order(name="ada", lines=[Line() for _ in range(1000)]))
    assert len(many) == constraints.MOST
    said = codes.trailing(Invalid(constraints.text(many), None, many))
    assert sum(len(value) for _, value in said) < 8192


@pytest.mark.parametrize("says", ["x" * 1000, "\N{CYRILLIC SMALL LETTER ZHE}" * 1000])
async def test_a_refusal_in_many_words_is_still_the_answer(
    says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Headers that are too large would be RESOURCE_EXHAUSTED, as if the service had too much to do."""
    told = constraints._violation  # pyright: ignore[reportPrivateUsage]
    long = says[: constraints.LONGEST]
    monkeypatch.setattr(
        constraints, "_violation", lambda found: Violation(told(found).field, "A_RULE" * 20, long)
    )
    bad = Order(name="ada", lines=[Line() for _ in range(50)])
    for _ in range(5):  # near the limit gRPC refuses at random
        error = await refused(bad, Service())
        assert error.code() is grpc.StatusCode.INVALID_ARGUMENT, error.details()
        problem = codes.problem(error)
        assert isinstance(problem, Invalid)
        assert problem.violations[0] == Violation("lines[0].what", "A_RULE" * 20, long)


@pytest.mark.parametrize("kind", [Broken, Around])
def test_a_rule_that_nobody_can_hold_is_found_at_the_start(kind: Any) -> None:
    """Not by the first call, nor by the first that has such a message within it."""
    constraints.prepare([Order.DESCRIPTOR, StringValue.DESCRIPTOR])
    with pytest.raises(CompilationError):
        constraints.prepare([kind.DESCRIPTOR])


def test_a_message_for_which_a_rule_has_no_answer_breaks_its_contract() -> None:
    """A client could make faults of the service of it, and open the breakers of others; and no process would start, since nothing is in the first message."""
    constraints.prepare([Share.DESCRIPTOR])
    assert pairs(constraints.broken(Share(among=0))) == [("", "EVALUATION")]
    assert pairs(constraints.broken(Share(among=5))) == [("among", "FAIR")]
    assert constraints.broken(Share(among=3)) == ()


async def test_a_call_that_breaks_its_contract_never_reaches_the_method() -> None:
    """It is told which fields, in the form that clients of every language read."""
    service = Service()
    error = await refused(BAD, service)
    assert service.taken == []
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    details = next(value for key, value in error.trailing_metadata() or () if key == codes.DETAILS_KEY)
    assert isinstance(details, bytes)
    whole, told = status_pb2.Status.FromString(details), error_details_pb2.BadRequest()
    assert whole.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert whole.details[0].Unpack(told)
    assert [(each.field, each.reason) for each in told.field_violations] == SAID


async def test_a_call_as_its_contract_says_is_answered() -> None:
    """The same server, the same method."""
    service = Service()
    async with served(add, service) as channel:
        take: Any = channel.unary_unary("/strict.Orders/Take", Order.SerializeToString, Order.FromString)
        assert await take(GOOD) == GOOD
    assert service.taken == [GOOD]


async def test_a_client_of_the_gateway_reads_which_fields() -> None:
    """problem+json (RFC 9457) with the violations of the service behind it."""
    error = await refused(BAD, Service())

    async def handler(_: Request) -> Response:
        raise error

    application = Starlette(routes=[Route("/", handler)])
    http.install(application)
    transport = httpx2.ASGITransport(application)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    found = answer.json()
    assert found["title"] == constraints.REASON
    assert [(each["field"], each["rule"]) for each in found["errors"]] == SAID
    assert all(each["detail"] for each in found["errors"])


def test_details_that_are_none_are_no_violations() -> None:
    """A callee of another make may put anything there."""
    for details in (b"\xff\xff", status_pb2.Status(code=3).SerializeToString()):
        trailing = grpc.aio.Metadata((codes.DETAILS_KEY, details))
        error = grpc.aio.AioRpcError(
            grpc.StatusCode.INVALID_ARGUMENT, grpc.aio.Metadata(), trailing, "no details"
        )
        problem = codes.problem(error)
        assert isinstance(problem, errors.Invalid)
        assert (problem.message, problem.violations) == ("no details", ())


def test_a_record_that_breaks_its_contract_is_poison_and_says_why() -> None:
    """It can never succeed: a dead letter at once, with the field in its reason."""

    async def handle(_: Any, __: Received) -> None:
        """Nothing."""

    handler = Handler(Order, handle)
    assert handler.decode(record(GOOD)) == GOOD
    with pytest.raises(Poison, match=r"breaks its contract: name: .*; lines\[1\]\.what: ") as caught:
        handler.decode(record(BAD))
    assert classify(caught.value) is Failure.POISON


def record(message: Any) -> Received:
    """A record that carries a message."""
    return Received(Partition("orders", 0), 0, b"k", message.SerializeToString())


async def test_what_breaks_its_contract_is_not_published() -> None:
    """It would be a dead letter of each of its readers, and its writer would never hear of it."""
    outbox = Outbox({"orders": Publication(topic="orders", message="strict.Order", key="name")})
    with pytest.raises(ContractError, match="orders breaks its contract: name: "):
        await outbox.add(NO_CONNECTION, "orders", BAD)
