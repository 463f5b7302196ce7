"""A run of scaffold for a person and for a program: what changed, what waits for a person, what is not rendered yet."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence

from wireplan.report.screen import counted
from wireplan.skeletons.merge import Step
from wireplan.skeletons.outcome import Done, Outcome
from wireplan.skeletons.unrendered import Unrendered

VERSION = 1
SILENT = {Step.CURRENT, Step.YOURS, Step.EDITED, Step.STAYS_DELETED, Step.FORGET}
SHOWN_MAX = 40
ADVICE = {
    Step.IN_THE_WAY: "a file of yours stands where a rendered one belongs: rename or remove it, then run scaffold again",
    Step.UNRESOLVED: "a conflict of an earlier run waits in it: decide between the marks, remove them, run scaffold again",
}


def text(outcome: Outcome, unrendered: Sequence[Unrendered], *, would: bool = False) -> str:
    """Each file that changes, the files that wait for a person, sums, and what the topology says without effect yet."""
    lines = [_summary(outcome, would)]
    changed = [done for done in outcome.files if done.step not in SILENT and not done.refuses]
    lines += [f"  {done.step.value:8} {done.path}" for done in changed[:SHOWN_MAX]]
    if len(changed) > SHOWN_MAX:
        lines.append(f"  ... and {len(changed) - SHOWN_MAX} more")
    lines += [f"  {done.path}: {_advice(done, would)}" for done in outcome.refused]
    lines += [f"  {sentence}" for sentence in outcome.left]
    return "\n".join([*lines, *_unrendered(unrendered)]) + "\n"


def data(outcome: Outcome, unrendered: Sequence[Unrendered]) -> str:
    """The same as JSON; keys are only ever added within a version."""
    document = {
        "version": VERSION,
        "workspace": outcome.workspace,
        "current": outcome.current,
        "files": [
            {
                "path": d.path,
                "step": d.step.name.lower(),
                "conflicts": d.conflicts,
                "beside": d.beside or None,
            }
            for d in outcome.files
        ],
        "left": list(outcome.left),
        "unrendered": [
            {"at": str(each.at), "what": each.what, "instead": each.instead} for each in unrendered
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _summary(outcome: Outcome, would: bool) -> str:
    sums = Counter(done.step for done in outcome.files if not done.refuses)
    parts = [f"{number} {step.value}" for step in Step if (number := sums[step])]
    if waiting := len(outcome.refused):
        parts.append(f"{counted(waiting, 'file')} for you to look at")
    verdict = "current" if outcome.current else ("would change" if would else "done")
    return f"{outcome.workspace}: {verdict}: {'; '.join(parts) or 'no files'}"


def _advice(done: Done, would: bool) -> str:
    if done.beside:
        return f"there is no git to merge with; the new text is in {done.beside}, the old one was not touched"
    if done.conflicts:
        places = counted(done.conflicts, "place")
        return f"{places} {'would have' if would else 'has' if done.conflicts == 1 else 'have'} two answers: decide between the marks"
    return ADVICE[done.step]


def _unrendered(found: Iterable[Unrendered]) -> list[str]:
    lines = [f"  {each.at}: {each.what}: {each.instead}" for each in found]
    return ["Said in the topology, not rendered yet:", *lines] if lines else []
