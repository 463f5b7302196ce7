"""What can be done about a finding at the press of a key."""

from datetime import date

from wireplan.editor.fixes import Fix, fixes
from wireplan.findings import Edit, Finding, Place, Severity
from wireplan.load.read import load

from tests.editor.conftest import LOCAL, OVERLAY, SHOP, TEXTS, TOPOLOGY, after, project

TODAY = date(2027, 1, 1)


def offered(
    text: str, overlay: str = LOCAL, finding: Finding | None = None
) -> tuple[list[Fix], dict[str, str]]:
    """The fixes of the first finding of the loader, or of a given one, and the texts that they are for."""
    texts = TEXTS | {TOPOLOGY: text, OVERLAY: overlay}
    finding = finding or load(lambda file: texts[file].encode(), TOPOLOGY).findings[0]
    shop = project(text, overlay, resolved=False)
    return list(fixes(shop, finding, TODAY)), texts


def test_the_one_right_answer_is_preferred() -> None:
    found, texts = offered(SHOP.replace("deadline: 2s", "deadlin: 2s"))
    assert [(fix.title, fix.preferred) for fix in found] == [("Write deadline", True)]
    assert after(list(found[0].edits), texts)[TOPOLOGY] == SHOP


def test_names_that_may_have_been_meant_are_offered_in_a_value_with_more_than_a_name() -> None:
    found, texts = offered(SHOP.replace("to: bucket pictures", "to: bucket picturs"))
    assert found[0].title == "Write pictures"
    assert after(list(found[0].edits), texts)[TOPOLOGY] == SHOP


def finding(
    file: str = TOPOLOGY, code: str = "RPC004", name: str = "deadline-shorter-than-the-work-below"
) -> Finding:
    """A finding of a rule."""
    path = ("services", "gateway", "calls", "orders", "deadline")
    return Finding(code, Severity.ERROR, Place(file, 15, 26, 15, 28), "w", "y", "f", name, path=path)


WAIVER = '{allow: deadline-shorter-than-the-work-below, on: services.gateway.calls.orders.deadline, until: 2027-04-01, reason: ""}'


def test_a_waiver_goes_to_the_others_and_waits_for_its_reason() -> None:
    found, texts = offered(SHOP, finding=finding())
    assert [fix.title for fix in found] == [
        "Waive deadline-shorter-than-the-work-below here until 2027-04-01 (write the reason)"
    ]
    text = after(list(found[0].edits), texts)[TOPOLOGY]
    assert f"reason: tried}}\n  - {WAIVER}\nallow_data_loss" in text
    faults = load(lambda file: (texts | {TOPOLOGY: text})[file].encode(), TOPOLOGY).findings
    assert [fault.at.line for fault in faults] == [39], "the empty reason, and nothing else"


def test_the_first_waiver_of_a_file_gets_a_list() -> None:
    text = SHOP.partition("waivers:")[0]
    found, texts = offered(text, finding=finding())
    assert after(list(found[0].edits), texts)[TOPOLOGY] == f"{text}waivers:\n  - {WAIVER}\n"


def test_in_an_overlay_with_waivers_of_its_own_it_goes_there() -> None:
    overlay = LOCAL + "waivers: []\n"
    found, texts = offered(SHOP, overlay, finding(OVERLAY))
    assert after(list(found[0].edits), texts)[OVERLAY] == f"{LOCAL}waivers: [{WAIVER}]\n"


def test_what_is_no_rule_cannot_be_waived() -> None:
    assert offered(SHOP, finding=finding(code="WAI001", name="waiver-without-finding"))[0] == []


def test_an_edit_is_offered_as_it_is() -> None:
    edit = Edit(Place(TOPOLOGY, 15, 26, 15, 28), "4s")
    found, _ = offered(SHOP, finding=Finding("YML022", Severity.ERROR, edit.at, "w", edit=edit))
    assert found == [Fix("Write 4s", (edit,), preferred=True)]
