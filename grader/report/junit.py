"""JUnit XML as GitHub, GitLab and Jenkins read it: a suite for each question, a test case for each check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from grader.report.evidence import described
from grader.report.text import clean
from grader.report.words import REASONS, assignment, heading
from grader.result import CheckResult, Report, Verdict

__all__ = ["render_junit"]

OUTCOME = {
    Verdict.FAILED: "failure",
    Verdict.MISSING: "failure",
    Verdict.ERROR: "error",
    Verdict.TIMEOUT: "error",
    Verdict.SKIPPED: "skipped",
}


def render_junit(reports: Sequence[Report]) -> str:
    """The reports as one XML document. Characters that XML 1.0 cannot hold are left out."""
    names = [clean(report.submission.id, 120) for report in reports]
    title = assignment(reports[0]) if reports else ""
    root = ET.Element("testsuites", name=f"{title}: {names[0]}" if len(names) == 1 else title)
    for report, name in zip(reports, names, strict=True):
        # Of several submissions each suite and class needs the name of its own.
        add_suites(root, report, name if len(names) > 1 else "")
    for suite in root:
        count(suite, [suite])
    count(root, list(root))
    del root.attrib["skipped"]  # the schema knows it for a suite only
    root.set("time", f"{sum(report.duration_s for report in reports):.3f}")
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document.decode() + "\n"


def add_suites(root: ET.Element, report: Report, owner: str) -> None:
    suites = [
        (heading(question), [case(check, report) for check in question.checks])
        for question in report.questions
    ]
    if report.refused is not None:
        suites.append(("submission", [outside("the submission can be read", report.refused)]))
    for fault in report.faults:
        message = f"a fault of the grader's, no points were taken: {fault}"
        suites.append(("grader", [outside("the grader itself works", message)]))
    for name, cases in suites:
        suite = ET.SubElement(root, "testsuite", name=f"{owner}: {name}" if owner else name)
        for element in cases:
            element.set(
                "classname", f"{owner}.{element.get('classname')}" if owner else element.get("classname", "")
            )
            suite.append(element)


def case(check: CheckResult, report: Report) -> ET.Element:
    group = check.id.removesuffix(f".{check.statement}")
    element = ET.Element("testcase", classname=clean(group, 120), name=clean(check.title, 200))
    if check.verdict is Verdict.PASSED:
        return element
    lines = described(check, report)
    if check.follows_from:
        lines.append(f"follows from: {clean(check.follows_from, 120)}")
    reason = clean(check.mistakes[0], 80) if check.mistakes else REASONS[check.verdict]
    outcome = ET.SubElement(
        element, OUTCOME[check.verdict], type=reason, message=clean(check.message) or reason
    )
    outcome.text = "\n".join(lines)
    return element


def outside(name: str, message: str) -> ET.Element:
    """A case that stands for the whole run."""
    element = ET.Element("testcase", classname="run", name=name)
    ET.SubElement(element, "error", type="run", message=clean(message))
    return element


def count(element: ET.Element, suites: list[ET.Element]) -> None:
    kinds = Counter(node.tag for suite in suites for node in suite.iter())
    attributes = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for attribute, tag in attributes.items():
        element.set(attribute, str(kinds[tag]))
