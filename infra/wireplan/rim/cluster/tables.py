"""The host's packet rules: two chains of ours, and on the way out not even the tables that were not there before."""

import socket
import struct

from wireplan.rim import process
from wireplan.rim.cluster.layout import NODE_NETWORK, Layout

# The nodes are one machine's: another program holds the lock for a moment only.
IPTABLES = ("iptables", "--wait", "10")
TABLES = ("filter", "nat")

# linux/netfilter/nfnetlink.h and nf_tables.h: a batch of one message that deletes a table.
NETLINK_NETFILTER = 12
BATCH_BEGIN, BATCH_END = 16, 17
NFT_SUBSYSTEM, DELETE_TABLE, TABLE_NAME = 10, 2, 1
REQUEST, ACKNOWLEDGE = 1, 4
ERROR = 2


def chains(layout: Layout) -> tuple[str, str]:
    """The names of our two chains: what is passed on, and whose source is translated."""
    return f"WIREPLAN-{layout.name.upper()}-FWD", f"WIREPLAN-{layout.name.upper()}-NAT"


def rules(layout: Layout) -> list[tuple[str, list[str]]]:
    """Our rules, each with its table: nodes reach each other, the host and the outside, whatever else the machine forbids."""
    forward, translate = chains(layout)
    return [
        ("filter", ["-N", forward]),
        ("filter", ["-A", forward, "-i", layout.bridge, "-j", "ACCEPT"]),
        ("filter", ["-A", forward, "-o", layout.bridge, "-j", "ACCEPT"]),
        ("nat", ["-N", translate]),
        ("nat", ["-A", translate, "-s", str(NODE_NETWORK), "!", "-o", layout.bridge, "-j", "MASQUERADE"]),
        ("filter", ["-I", "FORWARD", "-j", forward]),
        ("filter", ["-I", "INPUT", "-j", forward]),
        ("nat", ["-A", "POSTROUTING", "-j", translate]),
    ]


def enter(layout: Layout) -> None:
    """Put our rules in; where some are in already, from a run that was interrupted, all of them anew."""
    if entered(layout):
        return
    leave(layout)
    for table, rule in rules(layout):
        process.output([*IPTABLES, "-t", table, *rule])


def entered(layout: Layout) -> bool:
    """Whether every rule of ours is in."""
    there = {table: saved(table) for table in TABLES}
    forward, translate = chains(layout)
    hooks = [
        ("filter", f"-A FORWARD -j {forward}"),
        ("filter", f"-A INPUT -j {forward}"),
        ("nat", f"-A POSTROUTING -j {translate}"),
    ]
    # The jumps come last, so with them the chains are whole.
    return all(line in there[table] for table, line in hooks)


def saved(table: str) -> list[str]:
    """The table as iptables-save has it; nothing where there is no such table, which asking for it alone would not tell.

    Without the program no rule of ours can be in: `down` must not fail on a machine that has none.
    """
    program = process.found("iptables-save")
    return section(process.output([program]), table) if program else []


def section(text: str, table: str) -> list[str]:
    """One table's lines out of what iptables-save prints."""
    lines = text.splitlines()
    if f"*{table}" not in lines:
        return []
    begin = lines.index(f"*{table}")
    return lines[begin + 1 : lines.index("COMMIT", begin)]


def present() -> list[str]:
    """Which of the tables that we use are there."""
    return [table for table in TABLES if saved(table)]


def leave(layout: Layout) -> None:
    """Take our chains out, if they are in."""
    forward, translate = chains(layout)
    for table, hooks, chain in (
        ("filter", ("FORWARD", "INPUT"), forward),
        ("nat", ("POSTROUTING",), translate),
    ):
        lines = saved(table)
        for hook in hooks:
            if f"-A {hook} -j {chain}" in lines:
                process.output([*IPTABLES, "-t", table, "-D", hook, "-j", chain])
        if any(line.startswith(f":{chain} ") for line in lines):
            process.output([*IPTABLES, "-t", table, "-F", chain])
            process.output([*IPTABLES, "-t", table, "-X", chain])


def drop_made(before: list[str]) -> None:
    """Delete the tables that were not there before us and hold nobody's rules now."""
    for table in present():
        if table not in before and bare(saved(table)):
            delete(table)


def bare(lines: list[str]) -> bool:
    """Whether a saved table has no rule, no chain but the built-in ones, and lets everything pass."""
    chains_of = [line for line in lines if line.startswith(":")]
    return not any(line.startswith("-") for line in lines) and all(" ACCEPT [" in line for line in chains_of)


def delete(table: str) -> None:
    """Delete one table by netlink: iptables has no word for it. The old iptables keeps its tables elsewhere and stays as it is."""
    name = table.encode() + b"\0"
    attribute = struct.pack("=HH", 4 + len(name), TABLE_NAME) + name
    attribute += b"\0" * (-len(attribute) % 4)
    batch = [
        message(BATCH_BEGIN, 0, NFT_SUBSYSTEM, b"", socket.AF_UNSPEC),
        message(NFT_SUBSYSTEM << 8 | DELETE_TABLE, ACKNOWLEDGE, 0, attribute, socket.AF_INET),
        message(BATCH_END, 0, NFT_SUBSYSTEM, b"", socket.AF_UNSPEC),
    ]
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as channel:
        channel.settimeout(5)
        channel.send(b"".join(batch))
        # The kernel may refuse (there is no such table): then there is nothing to delete.
        channel.recv(4096)


def message(kind: int, flags: int, resource: int, body: bytes, family: int) -> bytes:
    """One netlink message with netfilter's own head. The resource is in network order; a batch's is the subsystem."""
    head = struct.pack("=BB", family, 0) + struct.pack(">H", resource)
    return struct.pack("=IHHII", 16 + len(head) + len(body), kind, REQUEST | flags, 1, 0) + head + body
