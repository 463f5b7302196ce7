"""The codes of what buf finds in the protos of a system, when it is asked. They stand here, since waivers may allow them; who makes the findings is `changes/`."""

from wireplan.findings import Severity
from wireplan.pages import Coded

LINT = Coded(
    "PRO001",
    "contract-against-its-own-rules",
    """A contract that breaks the rules that its repository has set for contracts.

    What: `buf lint` finds it, by the rules of the buf.yaml above the protos, or by buf's standard ones where there is none.
    Why: names, packages and numbers of a contract cannot be mended once somebody uses them, so what is uneven at first stays so.
    Fix: do as the message says as long as nobody uses it; else write `// buf:lint:ignore RULE` above it, or `except` in buf.yaml.
    Source: buf.build/docs/lint/rules; spec row P6.
    """,
    Severity.WARNING,
)
BROKEN = Coded(
    "PRO002",
    "contract-taken-away",
    """Something of a contract that others ask for by its name is gone.

    What: `buf breaking` misses a file, a package, a gRPC service, a method, a message or an enum that the earlier revision has; a renamed one is gone as well.
    Why: while a change rolls out, old pods and new ones run side by side. Calls of what is gone are answered UNIMPLEMENTED, which no retry helps against, and who
    compiles against the contract no longer can.
    Fix: bring it back, mark it `deprecated = true`, add the new one beside it, and take it away in a later change, when nothing uses it any more.
    Source: buf.build/docs/breaking/rules; grpc.io/docs/guides/status-codes (UNIMPLEMENTED); spec row P6.
    """,
)
READ = Coded(
    "PRO003",
    "bytes-read-otherwise",
    """A message whose bytes, or whose JSON, new code reads otherwise than old code wrote them.

    What: `buf breaking` finds a field, a value of an enum, a oneof or a reserved number that is not what it was in the earlier revision.
    Why: records written before the change are read after it, and during a roll-out each version reads what the other writes. Protobuf does not notice: a field is taken for
    another, or is silently empty.
    Fix: leave the number as it was, add a field with a number that was never used, and reserve number and name of what goes (`reserved 4; reserved "size";`).
    Source: protobuf.dev/programming-guides/proto3 (updating a message type); buf.build/docs/breaking/rules; spec row P6.
    """,
)
CALLED = Coded(
    "PRO004",
    "method-called-otherwise",
    """A method that takes, answers, streams or repeats otherwise than before.

    What: `buf breaking` finds another request, response, streaming side or `idempotency_level` of a method than in the earlier revision.
    Why: while a change rolls out, callers of one version meet callees of the other: they take bytes of one message for another's, or wait for a stream that does not come. What
    may be repeated decides what is retried, so a lost level turns retries off, and a wrong one doubles effects.
    Fix: leave the method as it was, add another one beside it, move the callers, then take the old one away in a later change.
    Source: buf.build/docs/breaking/rules; gRFC A6 (retries); spec row P6.
    """,
)
CODE = Coded(
    "PRO005",
    "generated-code-that-changes",
    """A contract whose bytes stay as they are, and whose generated code does not.

    What: `buf breaking` finds another option of a file or a field that decides packages, classes or types of the generated code.
    Why: nothing that runs is harmed, but who compiles against the published contract must change their code in the same step.
    Fix: leave the option as it was, or tell them; a repository that holds only the bytes writes `breaking: {use: [WIRE_JSON]}` in buf.yaml.
    Source: buf.build/docs/breaking/rules (FILE and PACKAGE against WIRE_JSON).
    """,
    Severity.WARNING,
)
ALL = (LINT, BROKEN, READ, CALLED, CODE)
KNOWN = {word: each.code for each in ALL for word in (each.code, each.name)}
"""As `check.known`: the code of each, by its code and by its name."""
WHERE = ("contracts", "protos")
"""What all of them are about, in the words of a waiver; the exceptions of one file or one line are buf's own comments."""
