"""JUnit XML as GitHub, GitLab and Jenkins read it: a suite for each question, a test case for each check."""

from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree as ET

from grader.report.evidence import told
from grader.report.text import clean
from grader.report.words import COURSE, REASONS, heading
from grader.result import CheckResult, Report, Verdict

__all__ = ["render_junit"]

OUTCOME = {
    Verdict.FAILED: "failure",
    Verdict.MISSING: "failure",
    Verdict.ERROR: "error",
    Verdict.TIMEOUT: "error",
    Verdict.SKIPPED: "skipped",
}


def render_junit(report: Report) -> str:
    """The report as one XML document. Characters that XML 1.0 cannot hold are left out."""
    root = ET.Element("testsuites", name=f"{COURSE}: {clean(report.submission.id, 120)}")
    for question in report.questions:
        suite = ET.SubElement(root, "testsuite", name=heading(question, report.submission.edition))
        for check in question.checks:
            suite.append(case(check, report))
    if report.refused is not None:
        outside(root, "submission", "the submission can be read", report.refused)
    for fault in report.faults:
        outside(
            root,
            "grader",
            "the grader itself works",
            f"a fault of the grader's, no points were taken: {fault}",
        )
    for suite in root:
        count(suite, [suite])
    count(root, list(root))
    del root.attrib["skipped"]  # the schema knows it for a suite only
    root.set("time", f"{report.duration_s:.3f}")
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document.decode() + "\n"


def case(check: CheckResult, report: Report) -> ET.Element:
    group = check.id.rpartition(".")[0] or check.id
    element = ET.Element("testcase", classname=clean(group, 120), name=clean(check.title, 200))
    if check.verdict is Verdict.PASSED:
        return element
    lines = told(check, report)
    if check.follows_from:
        lines.append(f"follows from: {clean(check.follows_from, 120)}")
    reason = clean(check.mistakes[0], 80) if check.mistakes else REASONS[check.verdict]
    outcome = ET.SubElement(
        element, OUTCOME[check.verdict], type=reason, message=clean(check.message) or reason
    )
    outcome.text = "\n".join(lines)
    return element


def outside(root: ET.Element, suite: str, name: str, message: str) -> None:
    """A case that stands for the whole run."""
    element = ET.SubElement(
        ET.SubElement(root, "testsuite", name=suite), "testcase", classname=suite, name=name
    )
    ET.SubElement(element, "error", type=suite, message=clean(message))


def count(element: ET.Element, suites: list[ET.Element]) -> None:
    kinds = Counter(node.tag for suite in suites for node in suite.iter())
    attributes = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for attribute, tag in attributes.items():
        element.set(attribute, str(kinds[tag]))
