"""A contract for the platform's own tests, so that they need none of the system's."""

from typing import Any

import grpc
import grpc.aio
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE = "platform.testing.v1"
SERVICE = f"{PACKAGE}.EchoService"
METHOD = "Echo"


def _messages() -> tuple[Any, Any]:
    """A request with an idempotency key, and an answer."""
    file = descriptor_pb2.FileDescriptorProto(name="echo.proto", package=PACKAGE, syntax="proto3")
    for name, fields in (("EchoRequest", ("request_id", "text")), ("EchoResponse", ("text",))):
        message = file.message_type.add(name=name)
        for number, field in enumerate(fields, start=1):
            message.field.add(
                name=field,
                number=number,
                type=descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
                label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL,
            )
    file.service.add(name=SERVICE.rpartition(".")[2]).method.add(
        name=METHOD, input_type=f".{PACKAGE}.EchoRequest", output_type=f".{PACKAGE}.EchoResponse"
    )
    pool = descriptor_pool.Default()  # as that of generated code
    pool.Add(file)
    found = [pool.FindMessageTypeByName(f"{PACKAGE}.{each.name}") for each in file.message_type]
    request, response = (message_factory.GetMessageClass(each) for each in found)
    return request, response


EchoRequest, EchoResponse = _messages()


class EchoStub:
    """A client of the service."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.Echo: Any = channel.unary_unary(
            f"/{SERVICE}/{METHOD}",
            request_serializer=EchoRequest.SerializeToString,
            response_deserializer=EchoResponse.FromString,
        )


def add_echo(servicer: Any, server: grpc.aio.Server) -> None:
    """Serve the method of a servicer; the signature is that of generated code."""
    handler = grpc.unary_unary_rpc_method_handler(
        servicer.Echo,
        request_deserializer=EchoRequest.FromString,
        response_serializer=EchoResponse.SerializeToString,
    )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {METHOD: handler}),))
