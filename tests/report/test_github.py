"""Annotations and the job summary of GitHub Actions, read back as the runner reads them."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markup import Markup
from report_samples import COURSE, FORGOT, HOSTILE, SAMPLES, hostile, one_mistake

from grader.report import job_summary, render_batch, render_github
from grader.result import Report


class Command(NamedTuple):
    name: str
    properties: dict[str, str]
    message: str


def runner_reads(line: str) -> Command:
    """What actions/runner makes of a line of the log (`ActionCommand.TryParseV2`)."""
    assert line.startswith("::")
    info, _, data = line[2:].partition("::")
    name, _, listed = info.partition(" ")
    pairs = (pair.split("=", 1) for pair in listed.split(",") if pair)
    unescape_also = (("%3A", ":"), ("%2C", ","))
    return Command(name, {key: unescaped(value, unescape_also) for key, value in pairs}, unescaped(data))


def unescaped(text: str, also: tuple[tuple[str, str], ...] = ()) -> str:
    for escape, char in (("%0D", "\r"), ("%0A", "\n"), *also, ("%25", "%")):
        text = text.replace(escape, char)
    return text


def commands(report: Report, base: str = ".") -> list[Command]:
    return [runner_reads(line) for line in render_github(report, base).splitlines()]


def test_a_mistake_is_annotated_once_at_its_line() -> None:
    errors = [command for command in commands(one_mistake()) if command.name == "error"]
    assert len(errors) == 1
    assert errors[0].properties == {
        "file": "cs231n/classifiers/linear_svm.py",
        "line": "38",
        "title": "svm naive: the gradient includes the regularization term",
    }
    assert errors[0].message.splitlines()[:3] == [
        "at reg = 50, dW lacks 2·reg·W; the rest is right",
        "dW[2, 1] at reg = 50: numerical: -16.007355, analytic: -14.114277, rel. error: 6.3e-02",
        f"mistake: {FORGOT}",
    ]


def test_in_a_batch_every_title_names_the_submission() -> None:
    reports = [make() for make in SAMPLES.values()]
    found = [runner_reads(line) for line in render_batch(reports, "github").splitlines()]
    names = {report.submission.id for report in reports}
    assert {command.properties["title"].split(" · ")[0] for command in found} == names
    scores = [command.properties["title"] for command in found if command.message.endswith(" points")]
    assert f"ada · {COURSE}" in scores
    assert render_batch([one_mistake()], "github") == render_github(one_mistake())


@pytest.mark.parametrize(
    ("base", "file"),
    [
        (".", "cs231n/classifiers/linear_svm.py"),
        ("hw/assignment1/", "hw/assignment1/cs231n/classifiers/linear_svm.py"),
    ],
)
def test_files_are_named_from_the_root_of_the_repository(base: str, file: str) -> None:
    assert commands(one_mistake(), base)[0].properties["file"] == file


def test_one_error_behind_many_checks_is_one_annotation() -> None:
    first, second, score = commands(SAMPLES["student_error"]())
    assert first.message.endswith("the same stopped 3 more checks")
    assert "line" not in second.properties
    assert score == ("notice", {"title": "CS231n Assignment 1"}, "11 of 25 automatic points")


def test_a_right_submission_has_its_score_only() -> None:
    assert [command.name for command in commands(SAMPLES["all_correct"]())] == ["notice"]


def test_refusals_are_errors_and_faults_of_ours_are_not() -> None:
    assert [command.name for command in commands(SAMPLES["refused"]())] == ["error"]
    assert [command.name for command in commands(SAMPLES["with_fault"]())] == ["warning", "notice"]


@pytest.mark.parametrize("text", [*HOSTILE, "100%0A ,line=1::error::", "a,b:c=d%2C"])
def test_hostile_text_begins_no_command_of_its_own(text: str) -> None:
    report = hostile(text)
    expected = (
        ["error", "error", "error", "warning", "notice"] if text else ["error", "error", "error", "warning"]
    )
    assert [command.name for command in commands(report)][: len(expected)] == expected
    for command in commands(report):
        assert set(command.properties) <= {"file", "line", "title"}
        assert "\r" not in command.message


@given(st.text(st.characters(exclude_categories=()), max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_begins_no_command_of_its_own(text: str) -> None:
    for command in commands(hostile(text)):
        assert command.name in {"error", "warning", "notice"}
        assert set(command.properties) <= {"file", "line", "title"}
        assert command.properties.get("line", "1") == "1"


def test_escapes_are_undone_by_the_runner() -> None:
    message = commands(hostile("100%0A, half: 50%"))[1].message
    assert message.splitlines()[0] == "100%0A, half: 50%"


def test_the_summary_is_a_table_for_each_question() -> None:
    page = job_summary(one_mistake())
    assert page.startswith("## CS231n Assignment 1 · ada · 47 of 50 points · 1 mistake to fix\n")
    assert page.count("| | about | check | points |") == 2
    rows = [line for line in page.splitlines() if re.match(r"\| .{1,2} \|", line) and "about" not in line]
    assert len(rows) == 22
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)
    assert "same mistake" in page
    assert page.count("*forgot\\-regularization\\-gradient*") == 1


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_sample_has_a_summary(sample: str) -> None:
    report = SAMPLES[sample]()
    assert job_summary(report).startswith(
        f"## CS231n Assignment 1 · {report.submission.id.replace('.', chr(92) + '.')}"
    )


#: What we write into a summary; a text of the submission adds nothing to it.
OURS = {"h2", "h3", "p", "em", "strong", "pre", "code", "details", "summary", "ul", "li"}
OURS |= {"table", "thead", "tbody", "tr", "th", "td"}


@given(st.text(st.characters(exclude_categories=()), max_size=60))
@settings(max_examples=60, deadline=None)
def test_a_summary_shows_text_as_it_is(text: str) -> None:
    page = job_summary(hostile(f"<b>|`{text}"))
    shown = Markup(MarkdownIt().enable("table").render(page))
    assert shown.names <= OURS
    assert shown.text.count("<b>|`") >= 12
    for row in page.splitlines():
        if row.startswith("| ") and "about" not in row:
            assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 5
