"""Carry out the plans of a scaffold: file by file, each whole or not at all, so that a run that was cut short just goes on."""

from pathlib import Path

from wireplan.rim import files
from wireplan.rim.scaffolding import store
from wireplan.rim.scaffolding.merging import encoded, merge
from wireplan.skeletons.merge import Step
from wireplan.skeletons.outcome import Done
from wireplan.skeletons.plan import Change, Plan


def carry_out(workspace: Path, plan: Plan, dry: bool = False) -> list[Done]:
    """Do what the plan says, then write the member's inventory; with `dry` only say what would happen."""
    done: list[Done] = []
    for change in plan.changes:
        result = _act(workspace, change, dry)
        if result.beside:
            plan = plan.unmerged(change)
        done.append(result)
    if not dry:
        store.write(workspace, plan.member, plan.after)
    return done


def _act(workspace: Path, change: Change, dry: bool) -> Done:
    if change.step is Step.MERGE:
        return _merge(workspace, change, dry)
    if not dry:
        if change.step in {Step.CREATE, Step.REWRITE} or (change.step is Step.EDITED and change.source):
            _put(workspace, change, change.new or "")
        elif change.step is Step.REMOVE:
            _remove(workspace, change.path)
    return Done(change.path, change.step)


def _merge(workspace: Path, change: Change, dry: bool) -> Done:
    merged = merge(change.mine or "", change.base or "", change.new or "")
    if merged is None:
        beside = f"{change.path}.new"
        if not dry:
            files.write(workspace / beside, encoded(change.new or ""), sync=False)
        return Done(change.path, Step.MERGE, beside=beside)
    if not dry:
        _put(workspace, change, merged.text)
    return Done(change.path, Step.MERGE, merged.conflicts)


def _put(workspace: Path, change: Change, text: str) -> None:
    target = workspace / change.path
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
    files.write(target, encoded(text), mode, sync=False)
    if change.source:
        _remove(workspace, change.source)


def _remove(workspace: Path, path: str) -> None:
    """Remove a file, and the folders that it leaves empty."""
    target = workspace / path
    target.unlink(missing_ok=True)
    for folder in target.parents:
        if folder == workspace or any(folder.iterdir()):
            return
        folder.rmdir()
