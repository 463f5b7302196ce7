"""What the loader may find, by code: the pages that `wireplan explain YML003` shows.

Codes are never reused. YML001 to YML019: the text. YML020 to YML029: the shape. YML030 to YML049: what it refers to.
"""

from dataclasses import dataclass

from wireplan.findings import Edit, Finding, Place, Related, Severity
from wireplan.load.limits import brief


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of fault: what it is, why it matters, how to mend it."""

    code: str
    name: str
    what: str
    why: str
    fix: str
    severity: Severity = Severity.ERROR

    def at(
        self, place: Place, what: str, *, why: str = "", fix: str = "",
        related: tuple[Related, ...] = (), edit: Edit | None = None,
    ) -> Finding:  # fmt: skip
        """A finding of this code; `why` and `fix` fall back to the page's."""
        said, because, remedy = map(brief, (what, why or self.why, fix or self.fix))
        return Finding(self.code, self.severity, place, said, because, remedy, self.name, related, edit)


SYNTAX = Code(
    "YML001",
    "yaml-syntax",
    "The text is not YAML.",
    "Nothing of it can be read for certain.",
    "Mend it at the place shown.",
)
ENCODING = Code(
    "YML002",
    "yaml-encoding",
    "The file is not UTF-8 text.",
    "Names would differ from reader to reader.",
    "Save it as UTF-8.",
)
DUPLICATE = Code(
    "YML003",
    "yaml-duplicate-key",
    "A key is written twice in one map.",
    "Most readers silently take the last, so one of the two is ignored.",
    "Keep one of them.",
)
SURPRISE = Code(
    "YML004",
    "yaml-1-1-value",
    "A plain value means one thing in YAML 1.1 and another in 1.2.",
    "`yes`, `on`, `0777`, `1:30` and `1_000` are read differently by different tools.",
    "Write true or false, or a plain number, or put it in quotes.",
)
MERGE = Code(
    "YML005",
    "yaml-merge-key",
    "A merge key `<<` is used.",
    "It is no part of YAML 1.2, and hides where a value comes from.",
    "Say what is common under `defaults`, and what differs in an overlay.",
)
ALIAS = Code(
    "YML006",
    "yaml-alias",
    "An anchor or alias is used.",
    "A value would have two places, and a small file could grow without bound.",
    "Write the value twice, or say it under `defaults`.",
)
DOCUMENTS = Code(
    "YML007",
    "yaml-documents",
    "The file holds several documents.",
    "Only one can be the topology.",
    "Keep one document a file; an environment's differences go to an overlay.",
)
TAB = Code(
    "YML008", "yaml-tab", "A line is indented with a tab.", "YAML forbids tabs in indentation.", "Use spaces."
)
LIMIT = Code(
    "YML009",
    "yaml-too-large",
    "The file is larger than any topology.",
    "The limits keep a mistaken or hostile file from taking all memory.",
    "Check that this is the right file.",
)
KEY = Code(
    "YML010",
    "yaml-key",
    "A key is no text.",
    "Keys here are names; `1:` or `true:` is a number or a truth.",
    "Put the key in quotes, or rename it.",
)
TAG = Code(
    "YML011",
    "yaml-tag",
    "A value carries a tag such as `!!str`.",
    "Types follow from the model.",
    "Leave the tag out; quotes make a text.",
)
EMPTY = Code(
    "YML012",
    "yaml-no-map",
    "The file holds no map.",
    "A topology is a map of keys, an overlay too.",
    "Begin with `wireplan: 1` and `system: NAME`.",
)

TOO_DEEP = Code(
    "YML013",
    "yaml-too-deep",
    "The file is nested deeper than any topology.",
    "What reads it goes down step by step, and each step takes memory until it is left.",
    "Check that this is the right file, and that each bracket is closed.",
)
LONG_NUMBER = Code(
    "YML014",
    "yaml-long-number",
    "A number has more digits than anything here counts.",
    "Readers round it, each in its own way.",
    "Write fewer digits, or put it in quotes if it is a text.",
)
TOO_MANY = Code(
    "YML015",
    "too-many-faults",
    "There are more faults than are told.",
    "So many have one cause: a wrong file, or a wrong key that was copied.",
    "Mend those that are told, and run it again.",
)
UNCLOSED = Code(
    "YML016",
    "yaml-unclosed",
    "A bracket, a brace or a quote is opened and not closed.",
    "What follows is taken for a part of it, so the fault is noticed only later, often lines below.",
    "Write what closes it, where the list, the map or the text ends.",
)
INDENTATION = Code(
    "YML017",
    "yaml-indentation",
    "A key or an item stands in another column than the others of its map or list.",
    "YAML tells by the column what a line belongs to, and this one belongs to nothing.",
    "Indent it as the others.",
)

UNKNOWN_KEY = Code(
    "YML020",
    "unknown-key",
    "A key that the model does not know.",
    "A mistyped key would be silently ignored.",
    "Use one of the keys that are known here.",
)
MISSING_KEY = Code(
    "YML021", "missing-key", "A key that must be there is not.", "It has no default.", "Write it."
)
WRONG_VALUE = Code(
    "YML022",
    "wrong-value",
    "A value of the wrong kind, or without its unit.",
    "What it means would have to be guessed.",
    "Write it as the message says.",
)
UNKNOWN_VALUE = Code(
    "YML023",
    "unknown-value",
    "A value that is not among those allowed.",
    "A mistyped choice would be silently ignored.",
    "Use one of the values that are allowed.",
)
BAD_NAME = Code(
    "YML024",
    "bad-name",
    "A name that does not fit where it will be used.",
    "Names become DNS labels, Kafka topics, Postgres identifiers: each has its letters and its length.",
    "Rename it.",
)
COMBINATION = Code(
    "YML025",
    "bad-combination",
    "Values that do not go together.",
    "Each may be right, but not both.",
    "Change one of them, or leave it out.",
)

UNKNOWN_NAME = Code(
    "YML030",
    "unknown-name",
    "A reference to something that is not in the file.",
    "It would fail only when the system runs.",
    "Correct the name, or add what it names.",
)
WRONG_KIND = Code(
    "YML031",
    "wrong-kind",
    "A reference to something that cannot do what is asked of it.",
    "It would fail only when the system runs. A call needs a gRPC service, a route one that serves HTTP, keys somebody to fetch them from.",
    "Refer to another, or let it serve what is needed.",
)
UNKNOWN_CONTRACT = Code(
    "YML032",
    "unknown-contract",
    "A gRPC service, method, message or field that is not in the protos.",
    "Every internal call has a strict schema (spec row P6).",
    "Correct the name, or add it to the protos.",
)
PROTOS = Code(
    "YML033",
    "bad-protos",
    "The protos cannot be read.",
    "Contracts are checked against them.",
    "Mend them at the place shown.",
)
UNKNOWN_PLACE = Code(
    "YML034",
    "unknown-waiver-place",
    "A waiver for a place that is not in the file.",
    "It waives nothing, and would hide that the rule now speaks elsewhere.",
    "Correct `on`, or remove the waiver.",
)
DATABASE_TWICE = Code(
    "YML040",
    "shared-database",
    "A database that two services own, or two clusters hold.",
    "Transactions stay inside one service (spec row F3.3); a shared database ties their schemas together.",
    "Give each service its own.",
)
NO_MESSAGE = Code(
    "YML041",
    "topic-without-message",
    "A topic that is used but names no message.",
    "Consumers need a schema for its records (spec row P6).",
    "Write `message: package.Message` at the topic.",
)
CONTRACT_TWICE = Code(
    "YML042",
    "contract-served-twice",
    "A gRPC service that two services serve.",
    "Callers cannot tell which to call.",
    "Split the contract, or let one of them serve it.",
)
NAME_TAKEN = Code(
    "YML043",
    "name-taken",
    "A service, a secret or a variable named like something that Wireplan makes.",
    "Two Kubernetes objects, images, packages, folders or variables would have one name.",
    "Rename it.",
)
NEEDS_ADDRESS = Code(
    "YML044",
    "external-without-address",
    "A provider `external` without an address.",
    "What is not ours must be told where it is.",
    "Write the address.",
)
NO_PROTOS = Code(
    "YML045",
    "no-protos",
    "The folder of protos holds none.",
    "Contracts, messages and keys cannot be checked.",
    "Add the .proto files, or correct `contracts.protos`.",
    Severity.WARNING,
)

GROUP_TWICE = Code(
    "YML046",
    "shared-group",
    "A consumer group of two services, or of two protocols.",
    "A group gives each record to one member: a service would see only a part (spec rows M2, M5). And it has one protocol: brokers refuse members of another.",
    "Give each its own group.",
)

ROUTE_TWICE = Code(
    "YML047",
    "path-routed-twice",
    "A path that an edge routes twice.",
    "Only one of the two routes is ever taken.",
    "Leave one of them out, or give it a path of its own.",
)

ONE_WORD = Code(
    "YML048",
    "database-named-like-a-cluster",
    "A database that has the name of a Postgres cluster.",
    "Both are `database NAME` in `allow_data_loss` and in `wireplan down --data`: who gives up one would give up the other, too.",
    "Rename the cluster, or the database.",
)
ALLOWED_NOTHING = Code(
    "YML049",
    "allowance-without-data",
    "`allow_data_loss` names what is not in the file.",
    "That is right for the one change that removes it. Mistyped, it allows nothing; left behind, it lets data go that comes back under the name.",
    "Correct the name, or remove the allowance once the data is gone.",
    Severity.WARNING,
)

TABLE: dict[str, Code] = {c.code: c for c in list(vars().values()) if isinstance(c, Code)}
