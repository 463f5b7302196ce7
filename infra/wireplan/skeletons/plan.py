"""What a run of scaffold does to one member of a workspace, decided before anything is touched."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from wireplan.skeletons import inventory, merge
from wireplan.skeletons.inventory import Inventory
from wireplan.skeletons.merge import Step
from wireplan.skeletons.render import File

Read = Callable[[str], str | None]

# After these the new text is the base of the next merge; after the others the old base stays.
BASE_ADVANCES = {Step.CURRENT, Step.CREATE, Step.REWRITE, Step.MERGE, Step.EDITED, Step.STAYS_DELETED}


@dataclass(frozen=True, slots=True)
class Change:
    """One file and its step. `mine`, `base` and `new` are the three texts; `source` is a path that this one replaces."""

    path: str
    step: Step
    mine: str | None = None
    base: str | None = None
    new: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens to a member, and what its inventory says before and after."""

    member: str
    changes: tuple[Change, ...]
    before: Inventory
    after: Inventory

    @property
    def current(self) -> bool:
        """Whether nothing is to be done."""
        return self.before == self.after and not any(c.step.changes or c.step.refuses for c in self.changes)

    def unmerged(self, change: Change) -> "Plan":
        """The plan when a merge could not be made: its old base stays, and a file that was to move stays where it is."""
        path = change.source or change.path
        kept = {name: text for name, text in self.after.generated.items() if name != change.path}
        return replace(self, after=Inventory(kept | {path: self.before.generated[path]}, self.after.yours))


def plan(member: str, files: Mapping[str, File], before: Inventory, read: Read) -> Plan:
    """Decide the step for every file that is rendered now or was rendered before."""
    changes = [_rendered(file, before, read) for file in files.values()]
    spoken_for = {change.path for change in changes} | {change.source for change in changes}
    gone = sorted(before.generated.keys() - files.keys() - spoken_for)
    changes += [_gone(path, before.generated[path], read) for path in gone]
    return Plan(member, tuple(changes), before, _after(files, changes, before))


def _rendered(file: File, before: Inventory, read: Read) -> Change:
    mine = read(file.path)
    if mine is None and file.moved_from and (moved := read(file.moved_from)) is not None:
        return _moved(file, file.moved_from, moved, before)
    if (
        mine is None
        and file.moved_from
        and _written(file.moved_from, before)
        and not _written(file.path, before)
    ):
        return Change(file.path, Step.STAYS_DELETED, new=file.text, source=file.moved_from)
    if file.yours:
        begun = file.path in before.yours or file.path in before.generated
        return Change(file.path, merge.yours(mine, begun), mine, None, file.text)
    base = before.generated.get(file.path)
    return Change(file.path, merge.generated(mine, base, file.text), mine, base, file.text)


def _written(path: str, before: Inventory) -> bool:
    """Whether Wireplan has put a file there."""
    return path in before.generated or path in before.yours


def _moved(file: File, source: str, mine: str, before: Inventory) -> Change:
    """A file that the templates now have under another path takes a person's edits along."""
    base = before.generated.get(source)
    if file.yours:
        return Change(file.path, Step.CREATE, None, None, mine, source)
    if base is None:
        return Change(file.path, Step.CREATE, None, None, file.text)
    step = merge.generated(mine, base, file.text)
    if step is Step.UNRESOLVED:
        return Change(source, step, mine, base, file.text)
    if step is Step.CURRENT:
        step = Step.REWRITE
    return Change(file.path, step, mine, base, mine if step is Step.EDITED else file.text, source)


def _gone(path: str, base: str, read: Read) -> Change:
    mine = read(path)
    return Change(path, merge.generated(mine, base, None), mine, base)


def _after(files: Mapping[str, File], changes: list[Change], before: Inventory) -> Inventory:
    generated: dict[str, str] = {}
    for change in changes:
        file = files.get(change.path)
        if file and not file.yours and change.step in BASE_ADVANCES:
            generated[change.path] = file.text
        elif change.step.refuses and change.path in before.generated:
            generated[change.path] = before.generated[change.path]
    yours = {
        path: before.yours.get(path) or inventory.digest(file.text)
        for path, file in files.items()
        if file.yours
    }
    return Inventory(generated, yours)
