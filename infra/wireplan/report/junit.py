"""Findings as JUnit XML, which every CI shows: an environment is a suite, a finding a test that failed, one that the
baseline accepts a test that was skipped, a clean environment one that passed."""

import re
from xml.etree import ElementTree

from wireplan.findings import Finding, Severity
from wireplan.report.data import plainly
from wireplan.report.run import Checked, Run
from wireplan.report.screen import PLAIN, Screen

# XML 1.0 has no way to write these.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(run: Run, screen: Screen = PLAIN) -> str:  # noqa: ARG001 - every format is called alike
    """One document."""
    root = ElementTree.Element("testsuites", name="wireplan validate")
    root.extend(suite(run.file, each) for each in run.checked)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def suite(file: str, checked: Checked) -> ElementTree.Element:
    """One environment."""
    cases = [case(finding) for finding in checked.findings]
    cases = cases or [ElementTree.Element("testcase", classname=text(file), name="no findings")]
    failed, skipped = (sum(each.find(word) is not None for each in cases) for word in ("failure", "skipped"))
    found = ElementTree.Element(
        "testsuite",
        name=text(f"{file} in {checked.environment}"),
        tests=str(len(cases)),
        failures=str(failed),
        errors="0",
        skipped=str(skipped),
    )
    found.extend(cases)
    return found


def case(finding: Finding) -> ElementTree.Element:
    """One finding. JUnit knows no warnings: what is no error passes, and says what it has to say."""
    name = text(f"{finding.at}: {finding.what}")
    found = ElementTree.Element("testcase", classname=finding.code, name=name)
    told = text(f"{finding.at}\n{plainly(finding)}")
    if finding.accepted:
        skipped = ElementTree.SubElement(found, "skipped", message="accepted by the baseline")
        skipped.text = told
    elif finding.severity is Severity.ERROR:
        failure = ElementTree.SubElement(found, "failure", message=text(finding.what), type=finding.code)
        failure.text = told
    else:
        ElementTree.SubElement(found, "system-out").text = f"{finding.severity.value}: {told}"
    return found


def text(words: str) -> str:
    """The words without what XML cannot hold."""
    return UNWRITABLE.sub("\ufffd", words)
