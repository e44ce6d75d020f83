"""JUnit XML: well-formed whatever a submission holds, and of the elements that the readers' schema knows."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_samples import FORGOT, HOSTILE, SAMPLES, hostile

from grader.report import render_junit
from grader.result import Report, Verdict

# Jenkins' junit-10.xsd, as far as we use it: element → (children, required attributes, further attributes).
SCHEMA: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": ({"testsuite"}, set(), {"name", "time", "tests", "failures", "errors"}),
    "testsuite": ({"testcase"}, {"name", "tests", "failures", "errors"}, {"skipped", "time"}),
    "testcase": ({"failure", "error", "skipped"}, {"name"}, {"classname", "time"}),
    "failure": (set(), set(), {"type", "message"}),
    "error": (set(), set(), {"type", "message"}),
    "skipped": (set(), set(), {"type", "message"}),
}


def parsed(report: Report) -> ET.Element:
    return ET.fromstring(render_junit([report]).encode())


def assert_valid(element: ET.Element) -> None:
    children, required, further = SCHEMA[element.tag]
    assert required <= set(element.attrib) <= required | further
    for child in element:
        assert child.tag in children
        assert_valid(child)


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_document_is_of_the_schema(sample: str) -> None:
    assert_valid(parsed(SAMPLES[sample]()))


@pytest.mark.parametrize("sample", SAMPLES)
def test_counts_are_those_of_the_elements(sample: str) -> None:
    root = parsed(SAMPLES[sample]())
    for element in (root, *root):
        for attribute, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            assert int(element.attrib[attribute]) == len(list(element.iter(tag)))


def test_a_case_for_each_check_with_its_outcome() -> None:
    report = SAMPLES["student_error"]()
    cases = list(parsed(report).iter("testcase"))
    tags = {
        Verdict.FAILED: ["failure"],
        Verdict.MISSING: ["failure"],
        Verdict.ERROR: ["error"],
        Verdict.TIMEOUT: ["error"],
        Verdict.SKIPPED: ["skipped"],
        Verdict.PASSED: [],
    }
    checks = [check for question in report.questions for check in question.checks]
    assert [[child.tag for child in case] for case in cases] == [tags[check.verdict] for check in checks]
    assert cases[0].attrib == {"classname": "softmax.naive", "name": "the loss is log 10 when W is zero"}


def test_a_failure_holds_all_that_is_known() -> None:
    failure, echo = parsed(SAMPLES["one_mistake"]()).iter("failure")
    assert failure.attrib == {
        "type": FORGOT,
        "message": "at reg = 50, dW lacks 2·reg·W; the rest is right",
    }
    assert "numerical: -16.007355, analytic: -14.114277, rel. error: 6.3e-02" in failure.text
    assert "where: cs231n/classifiers/linear_svm.py:38" in failure.text
    assert "follows from: svm.naive.regularization_gradient" in echo.text


@pytest.mark.parametrize("sample", ["refused", "with_fault"])
def test_what_stopped_the_run_is_an_error(sample: str) -> None:
    errors = list(parsed(SAMPLES[sample]()).iter("error"))
    assert len(errors) == 1
    assert errors[0].attrib["message"]


def test_a_batch_is_one_document_with_a_name_for_each_submission() -> None:
    reports = [make() for make in SAMPLES.values()]
    root = ET.fromstring(render_junit(reports).encode())
    assert_valid(root)
    checks = sum(len(question.checks) for report in reports for question in report.questions)
    assert int(root.attrib["tests"]) == checks + 2  # and one for the refused, one for the fault
    cases = [(case.attrib["classname"], case.attrib["name"]) for case in root.iter("testcase")]
    assert len(set(cases)) == len(cases)
    assert ("ada.svm.naive", "the loss is 9.0 when W is zero") in cases


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_leaves_the_document_whole(text: str) -> None:
    assert_valid(parsed(hostile(text)))


@given(st.text(st.characters(exclude_categories=()), max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_leaves_the_document_whole(text: str) -> None:
    root = parsed(hostile(f"]]><a>&{text}"))
    assert len(list(root.iter("testcase"))) == 4
