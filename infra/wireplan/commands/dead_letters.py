"""`wireplan dead-letters`: what services could not handle, looked at, sent back to the group that failed, or put aside."""

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wireplan.commands import options, outcome

if TYPE_CHECKING:
    from wireplan.rim.dead_letters import DeadLetters, Found
    from wireplan.topology.letters import Place, Wanted

Service = Annotated[str, typer.Option("--service", help="Those of one service.")]
Group = Annotated[str, typer.Option("--group", help="Those of one consumer group.")]
Topic = Annotated[str, typer.Option("--topic", help="Those of records of one topic.")]
Class = Annotated[str, typer.Option("--class", help="Those of one class of failures: poison, business.")]
Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[LETTER]...",
        help="Letters as `list` calls them, TOPIC/PARTITION/OFFSET; any other word is the topology.",
    ),
]
All = Annotated[bool, typer.Option("--all", help="Every open letter.")]
AlsoDone = Annotated[bool, typer.Option("--all", help="Also those that were replayed or discarded.")]
Again = Annotated[bool, typer.Option("--again", help="Also letters that were replayed or discarded before.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

REPLAY = "Send letters back to the group that could not handle them, and to no other. Exit code 1: not all went back."
DISCARD = "Put letters aside: they are no longer listed as open, and stay where they are. Exit code 1: not all were put aside."


def register(app: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(
        help="Dead letters of a running system: what a service could not handle, and why.",
        no_args_is_help=True,
    )
    group.command("list")(listing)
    group.command("show")(show)
    group.command("replay", help=REPLAY)(settling("replayed"))
    group.command("discard", help=DISCARD)(settling("discarded", "again"))
    app.add_typer(group, name="dead-letters")


def listing(
    path: options.TopologyPath = Path(),
    stack: options.Stack = "local",
    service: Service = "",
    group: Group = "",
    topic: Topic = "",
    kind: Class = "",
    everything: AlsoDone = False,
    form: options.Form = "text",
    color: options.Color = "auto",
) -> None:
    """List open letters, the oldest first: what failed, how often, when, and why."""
    import json
    import sys

    from wireplan.report import dead_letters as report
    from wireplan.rim import dead_letters, terminal
    from wireplan.topology.letters import Wanted

    letters = dead_letters.connect(path, stack)
    found = letters.look(Wanted(service, group, topic, kind), everything=everything)
    now = dead_letters.now()
    if form == "json":
        system = letters.topology.system
        typer.echo(json.dumps(report.document(system, stack, found.letters, now, found.more), indent=2))
    else:
        screen = terminal.screen(sys.stdout, color)
        typer.echo(report.table(found.letters, now, found.more, screen), nl=False, color=screen.colour)


def show(
    letter: Annotated[
        str, typer.Argument(metavar="LETTER", help="As `list` calls it: TOPIC/PARTITION/OFFSET.")
    ],
    path: options.TopologyPath = Path(),
    stack: options.Stack = "local",
    form: options.Form = "text",
) -> None:
    """Show one letter whole: every header, and the value as the message that it is."""
    import json

    from wireplan.report import dead_letters as report
    from wireplan.rim import dead_letters

    (place,) = places([letter])
    found = dead_letters.connect(path, stack).show(place)
    now = dead_letters.now()
    if form == "json":
        more = {"headers": dict(found.headers), "value": dict(found.value)}
        typer.echo(
            json.dumps({"version": report.VERSION, **report.entry(found.letter, now), **more}, indent=2)
        )
    else:
        typer.echo(report.whole(found.letter, found.headers, found.value, now), nl=False)


def settling(action: str, *without: str) -> Callable[..., None]:
    """A command that does one thing with letters. `without` are options that make no sense for it."""

    def settle(
        words: Words = None,
        stack: options.Stack = "local",
        service: Service = "",
        group: Group = "",
        topic: Topic = "",
        kind: Class = "",
        everything: All = False,
        again: Again = False,
        yes: Yes = False,
    ) -> None:
        from wireplan.topology.letters import Wanted

        wanted = Wanted(service, group, topic, kind)
        apply(action, words or (), stack, wanted, everything=everything, again=again, yes=yes)

    known = inspect.signature(settle).parameters.items()
    offered = inspect.Signature([each for name, each in known if name not in without])
    settle.__signature__ = offered  # pyright: ignore[reportFunctionMemberAccess] - typer reads it
    return settle


def apply(
    action: str,
    words: Sequence[str],
    stack: str,
    wanted: "Wanted",
    *,
    everything: bool,
    again: bool,
    yes: bool,
) -> None:
    """Find the letters that are meant, ask, act, and say what became of each.

    Raises:
        Trouble: it is not said which, none is there, or nobody can be asked.
    """
    from wireplan.report import dead_letters as report
    from wireplan.rim import dead_letters, talk

    names, path = apart(words)
    said_which(names, wanted, everything=everything)
    letters = dead_letters.connect(path, stack)
    found = letters.named(places(names), again=again) if names else letters.look(wanted)
    if not found.letters:
        talk.say("no open letters")
        return
    talk.say(report.table(found.letters, dead_letters.now(), found.more).rstrip("\n"))
    agree(action, letters, found, yes=yes)
    told = letters.apply(action, found.letters, again=again)
    ways = letters.ways(found.letters) if action == "replayed" else {}
    went = {each.name: ways[each.topic][0] for each in found.letters if each.topic in ways}
    typer.echo(report.outcome(action, told, went), nl=False)
    raise typer.Exit(outcome.FINDINGS if told["failed"] or told["refused"] else outcome.FINE)


def apart(words: Sequence[str]) -> tuple[list[str], Path]:
    """Letters, and the topology.

    Raises:
        Trouble: more than one word is no letter.
    """
    import os

    from wireplan.rim.trouble import Trouble
    from wireplan.topology.letters import place_of

    names = [word for word in words if place_of(word) and not Path(word).exists()]
    rest = [word for word in words if word not in names]
    if len(rest) > 1:
        raise Trouble(
            f"{rest[0]} and {rest[1]} are no letters",
            fix="name letters as `wireplan dead-letters list` does: TOPIC/PARTITION/OFFSET, and at most one topology",
        )
    return names, Path(rest[0] if rest else os.environ.get("WIREPLAN_TOPOLOGY", ""))


def places(names: Sequence[str]) -> "list[Place]":
    """Where letters lie.

    Raises:
        Trouble: one is called otherwise than letters are.
    """
    from wireplan.rim.trouble import Trouble
    from wireplan.topology.letters import place_of

    found = {name: place_of(name) for name in names}
    if wrong := [name for name, place in found.items() if place is None]:
        raise Trouble(
            f"{wrong[0]} is no letter", fix="`wireplan dead-letters list` names them: TOPIC/PARTITION/OFFSET"
        )
    return [place for place in found.values() if place]


def said_which(names: Sequence[str], wanted: "Wanted", *, everything: bool) -> None:
    """Nothing, where it is said in one way which letters are meant.

    Raises:
        Trouble: it is not said, or in two ways.
    """
    from wireplan.rim.trouble import Trouble

    if names and (wanted or everything):
        raise Trouble("letters are named, and chosen by options as well", fix="do one of the two")
    if not names and not wanted and not everything:
        raise Trouble("which letters?", fix="name them, choose them by --group and the like, or say --all")


def agree(action: str, letters: "DeadLetters", found: "Found", *, yes: bool) -> None:
    """Ask whether it shall be done.

    Raises:
        Trouble: nobody is there to be asked.
        typer.Exit: the answer is no.
    """
    from wireplan.report.screen import counted
    from wireplan.rim import dead_letters
    from wireplan.rim.trouble import Trouble

    if yes:
        return
    verb = {"replayed": "Replay", "discarded": "Discard"}[action]
    if not dead_letters.somebody():
        raise Trouble(f"nobody is there to say whether letters shall be {action}", fix="--yes")
    where = f"{letters.topology.system} ({letters.topology.environment.name})"
    if not typer.confirm(f"{verb} {counted(len(found.letters), 'letter')} of {where}?", err=True):
        raise typer.Exit(outcome.FINDINGS)
