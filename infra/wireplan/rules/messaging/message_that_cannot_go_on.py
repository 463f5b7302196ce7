"""A message that is let in, and too large for every way on.

What: a service that keeps nothing itself (no database, no bucket it writes, no other system) may be given larger messages than any of its ways on takes: by the max_body of an edge, by its own
max_message_bytes, or by that of a topic it consumes, where one of these is written.
Why: gRPC refuses a larger message with RESOURCE_EXHAUSTED, brokers refuse a larger record with MSG_SIZE_TOO_LARGE, each time it is sent. A client has sent its whole body for an answer that
the edge could have given sooner; a record fails at every attempt, and is a dead letter.
Fix: let in what can go on; or raise the limit of the way on; large things go to a bucket, and the message says where.
Source: grpc.io documentation of GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH (4 MB unless set); kafka.apache.org documentation of max.message.bytes; the first list's KAF017, whose part before the topic this is. A
warning: that a message is handed on whole is what the names of its limits suggest, not what a topology can say.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import size, term, written
from wireplan.topology import capacity, sizes
from wireplan.topology.sizes import Limit, Passage
from wireplan.topology.types import Topology


@rule("MSG007", Severity.WARNING)
def message_that_cannot_go_on(topology: Topology) -> Iterator[Fault]:
    """Services that hand on all that they take, by the widest of their ways on."""
    for passage in sizes.narrow(topology):
        for limit in passage.enters:
            if limit.size > passage.widest.size and written(topology, limit.path) and not unreceivable(limit):
                yield stuck(topology, passage, limit)


def unreceivable(limit: Limit) -> bool:
    """Whether nobody is ever given such a record, so that it does not even come here: KAF017 says so."""
    return limit.path[0] == "topics" and capacity.letter(limit.size) > capacity.RECEIVED


def stuck(topology: Topology, passage: Passage, limit: Limit) -> Fault:
    """What comes in, and the widest way on."""
    widest = passage.widest
    every = (
        "its only way on" if len(passage.leaves) == 1 else f"the widest of its {len(passage.leaves)} ways on"
    )
    comes = term(topology, size(limit.size), limit.path)
    goes = term(topology, size(widest.size), widest.path)
    return Fault(
        path=limit.path,
        what=f'"{passage.service}" may be given a message that it can hand to nobody',
        why=f"{limit.where[:1].upper()}{limit.where[1:]} may have {comes}, and {every}, {widest.where}, takes {goes}. Nothing of its own could keep it.",
        fix=f"{limit.path[-1]}: {size(widest.size)}; or {size(limit.size)} where it goes on; or a bucket for what is large",
        related=((widest.path, "the widest way on"),),
    )
