"""Every check in the terminal: its width, its sums, its words for each verdict, and hostile text in it."""

from __future__ import annotations

import io
import re
from functools import partial

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_samples import FORGOT, HOSTILE, SAMPLES, check, hostile, question, report
from rich.cells import cell_len
from rich.console import Console

from grader.report import print_report, render_console
from grader.result import Diagnosis, Evidence, SkipReason, Verdict

every_check = partial(render_console, verbose=True)
WIDTHS = (60, 80, 120)
WORTH = re.compile(r"(\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)$")
LOST = re.compile(r"−(\d+(?:\.\d+)?)$")


def lines(sample: str, width: int = 80) -> list[str]:
    return every_check(SAMPLES[sample](), width).splitlines()


def line_with(sample: str, *parts: str) -> str:
    """The only line that holds all the parts."""
    found = [line for line in lines(sample) if all(part in line for part in parts)]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_no_line_is_wider_than_the_page(sample: str, width: int) -> None:
    widths = [cell_len(line) for line in lines(sample, width)]
    assert max(widths) <= width
    assert all(line == line.rstrip() for line in lines(sample, width))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("sample", [name for name in SAMPLES if name != "refused"])
def test_points_add_up_on_the_page(sample: str, width: int) -> None:
    rows = [(line, WORTH.search(line)) for line in lines(sample, width)]
    worth = [(line, float(m[1]), float(m[2])) for line, m in rows if m]
    *questions_and_checks, (last, total, most) = worth
    assert last.startswith("Total")
    checks = [(score, of) for line, score, of in questions_and_checks if line.startswith("  ")]
    questions = [(score, of) for line, score, of in questions_and_checks if line.startswith("Q")]
    assert len(checks) + len(questions) == len(questions_and_checks)
    for parts in (checks, questions):
        assert (round(sum(s for s, _ in parts), 2), round(sum(m for _, m in parts), 2)) == (total, most)
    head = " ".join(lines(sample, width)[:3])
    assert f"{total:g} of {most:g} automatic points" in head
    lost = [float(m[1]) for m in map(LOST.search, lines(sample, width)) if m]
    assert round(sum(lost), 2) == round(most - total, 2)


def test_header_tells_the_work_and_the_conditions() -> None:
    first, second, blank, *_ = lines("one_mistake")
    assert first == "CS231n Assignment 1 · ada · edition 2019 · 47 of 50 automatic points"
    assert second == "sandbox: namespaces + Landlock + seccomp · data: synthetic stand-in · seed 231"
    assert blank == ""


def test_a_failure_is_told_with_all_that_is_known() -> None:
    page = lines("one_mistake")
    at = next(n for n, line in enumerate(page) if line.startswith("  ✗ naive"))
    assert [" ".join(line.split()) for line in page[at + 1 : at + 7]] == [
        "fact at reg = 50, dW lacks 2·reg·W; the rest is right",
        "dW[2, 1] at reg = 50",
        "numerical: -16.007355 analytic: -14.114277 rel. error: 6.3e-02",
        f"mistake {FORGOT}",
        "help the loss adds reg·ΣW², so its derivative 2·reg·W belongs in dW",
        "where cs231n/classifiers/linear_svm.py:38",
    ]


def test_an_echo_and_a_skip_are_one_line_each() -> None:
    page = lines("one_mistake")
    echo = line_with("one_mistake", "✗ vectorized")
    skip = line_with("one_mistake", "– training")
    assert "same mistake" in echo
    assert "not checked, no cost" in skip
    for line in (echo, skip):
        assert page[page.index(line) + 1].startswith(("  ✓", "  ✗"))


def test_the_mistake_is_summed_up_once_with_its_cost() -> None:
    text = "\n".join(lines("one_mistake"))
    assert "1 mistake explains 2 failed checks and 1 not checked:" in text
    assert f"more: grader explain {FORGOT}" in text
    summed = line_with("one_mistake", FORGOT, "svm.naive, svm.vectorized")
    assert summed.endswith("−3")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_summary_of_a_mistake_says_where(width: int) -> None:
    page = lines("one_mistake", width)
    summary = page[next(n for n, line in enumerate(page) if line.startswith("1 mistake explains")) :]
    below = " ".join(" ".join(summary[2 : summary.index(f"  more: grader explain {FORGOT}")]).split())
    assert below.endswith("cs231n/classifiers/linear_svm.py:38 cs231n/classifiers/linear_svm.py:71")


def test_a_check_of_a_layer_is_about_the_function() -> None:
    ids = ("layers.affine_backward.gradient_x", "train.sgd_step")
    rows = [check("two_layer_net", each, title="it is right") for each in ids]
    rows.append(check("fully_connected", "optim.sgd_momentum.update", title="it is right"))
    page = every_check(report([question("two_layer_net", "Two-layer net", rows)]))
    abouts = [line.split("  ")[1].split(" ", 1)[1] for line in page.splitlines() if "it is right" in line]
    assert abouts == ["affine_backward", "training", "sgd_momentum"]


def test_of_several_mistakes_an_echo_names_its_own() -> None:
    page = lines("two_mistakes")
    echo = next(n for n, line in enumerate(page) if line.startswith("  ✗ agreement"))
    assert "same mistake" not in page[echo]
    assert page[echo + 1].strip() == f"same mistake: {FORGOT}"
    assert any(line.startswith("2 mistakes explain") for line in page)


def test_one_error_behind_many_checks_is_told_once() -> None:
    text = "\n".join(lines("student_error"))
    assert text.count("NameError: name 'dw' is not defined") == 1
    assert text.count("same error") == 3
    assert text.count("  ! naive") == 4
    assert "checks: 4 raised an error, 1 failed" in text


def test_values_that_are_no_gradients_are_expected_and_got() -> None:
    line_with("student_error", "loss", "expected: 2.302585", "got: 4.927", "rel. error: 5.3e-01")
    line_with("student_error", "dtype of dW", "expected: float64", "got: object")


def test_every_verdict_has_its_own_sign_and_words() -> None:
    assert "timed out" in line_with("timed_out", "◷ vectorized")
    stubs = [line for line in lines("unfinished") if line.startswith("  … vectorized")]
    assert len(stubs) == 3
    assert all("missing" in line for line in stubs)
    assert "\n".join(lines("unfinished")).count("returns the zeros of the starter code") == 1
    skipped = line_with("unfinished", "– training")
    assert "not checked" in skipped
    assert "no cost" not in skipped
    assert lines("unfinished")[lines("unfinished").index(skipped) + 1].strip() == "training was switched off"


def test_a_right_submission_says_so() -> None:
    page = lines("all_correct")
    assert page[-1] == "every check passed"
    assert not any(sign in "".join(page) for sign in "✗!◷")


def test_a_refused_submission_gives_its_reason_and_no_table() -> None:
    text = " ".join("\n".join(lines("refused")).split())
    assert "not graded the archive ends in the middle of a file; download it again" in text
    assert "0 of 45 automatic points" in text
    assert "Total" not in text


def test_no_points_are_told_where_none_could_be_had() -> None:
    page = every_check(report([], edition=None, refused="it is empty"))
    assert page.splitlines()[0] == "CS231n Assignment 1 · ada · edition unknown"


def test_a_fault_is_the_graders_own() -> None:
    page = lines("with_fault")
    at = page.index("a fault of the grader's, no points were taken:")
    assert "fork failed" in page[at + 1]


def test_what_is_undecided_accuses_nobody() -> None:
    page = lines("undecided")
    at = page.index("svm.naive: one of these explains it, the results do not tell which:")
    assert [line.split()[0] for line in page[at + 1 : at + 3]] == [
        "correct-class-counted-in-loss",
        "loss-ignores-reg-argument",
    ]
    assert "  checks: 1 failed" in line_with("undecided", "checks: 1 failed", "−3")


def test_answers_and_notes_stand_beside_the_points() -> None:
    text = " ".join("\n".join(lines("undecided")).split())
    assert "1.5 points for 1 answer marked by hand, 1 answer to be marked by hand" in text
    assert text.count("note ") == 2


def test_checks_that_were_not_asked_for_share_a_line() -> None:
    why = "not run: notebooks were not run (--execute never)"
    skipped = {"message": why, "reason": SkipReason.NOT_RUN}
    unasked = [
        check("svm", f"notebook.{n}", Verdict.SKIPPED, max_score=0, title=f"title {n}", **skipped)
        for n in ("runs", "comparisons", "search")
    ]
    worth = check(
        "svm", "notebook.tuned_accuracy", Verdict.SKIPPED, score=0, title="it has points", **skipped
    )
    page = every_check(report([question("svm", "SVM", [check("svm", "naive.loss"), *unasked, worth])]))
    at = page.splitlines().index(next(line for line in page.splitlines() if "3 checks" in line))
    assert [" ".join(line.split()) for line in page.splitlines()[at : at + 3]] == [
        "– notebook 3 checks not checked",
        "notebooks were not run (--execute never)",
        "– notebook it has points not checked 0/1",
    ]
    assert "title" not in page


def test_a_check_without_points_shows_none() -> None:
    page = every_check(
        report([question("svm", "SVM", [check("svm", "naive.x", max_score=0, topic="naive")])])
    )
    assert next(line for line in page.splitlines() if "✓" in line) == "  ✓ naive  naive.x"


def test_the_same_help_is_given_once() -> None:
    text = "one sentence of help"
    failed = [
        check("svm", f"naive.part_{n}", Verdict.FAILED, message=f"part {n} differs", help=text)
        for n in (1, 2)
    ]
    page = every_check(report([question("svm", "SVM", failed)]))
    assert page.count(text) == 1
    assert page.count("differs") == 2


def test_only_broken_comparisons_are_shown_and_not_too_many() -> None:
    held = Evidence("held", 1.0, 1.0, 1e-16, 1e-5)
    broke = [Evidence(f"broke {n}", 2.0, 1.0, 0.5, 1e-5) for n in range(9)]
    failed = check("svm", "naive.loss", Verdict.FAILED, message="no", evidence=(held, *broke))
    page = every_check(report([question("svm", "SVM", [failed])]))
    assert "held" not in page
    assert page.count("broke") == 3


def test_what_the_fact_says_is_not_said_again() -> None:
    wrong = Evidence("the loss at reg = 0", 10.0, 9.0, 0.1, 1e-5)
    fact = "the loss at reg = 0 is 10, not 9"
    failed = check("svm", "naive.loss", Verdict.FAILED, message=fact, evidence=(wrong,))
    page = every_check(report([question("svm", "SVM", [failed])]))
    assert page.count("the loss at reg = 0") == 1
    assert "expected: 9  got: 10  rel. error: 1.0e-01" in page


def test_nan_is_never_taken_for_agreement() -> None:
    nan = Evidence("loss", float("nan"), 1.0, float("nan"), 1e-5)
    failed = check("svm", "naive.loss", Verdict.FAILED, message="the loss is not a number", evidence=(nan,))
    assert "got: nan" in every_check(report([question("svm", "SVM", [failed])]))


@pytest.mark.parametrize(("number", "expected"), [(3, "Q3  "), (2, "Q2  "), (None, "")])
def test_questions_have_the_numbers_of_their_edition(number: int | None, expected: str) -> None:
    asked = question("softmax", "Softmax", [check("softmax", "naive.loss")])
    page = every_check(report([msgspec.structs.replace(asked, number=number)]))
    assert f"\n{expected}Softmax" in page


def test_a_terminal_gets_colour_unless_it_wants_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def page() -> str:
        out = io.StringIO()
        console = Console(file=out, width=80, force_terminal=True, color_system="standard")
        print_report(SAMPLES["one_mistake"](), console, verbose=True)
        return out.getvalue()

    colour = re.compile(r"\x1b\[[0-9;]*(3[0-7]|9[0-7])m")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert colour.search(page())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour.search(page())
    assert "\x1b" not in every_check(SAMPLES["one_mistake"]())


def test_a_pipe_gets_no_escapes() -> None:
    out = io.StringIO()
    print_report(SAMPLES["one_mistake"](), Console(file=out, width=80), verbose=True)
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_a_terminal_without_unicode_gets_a_readable_page(encoding: str) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding)
    print_report(SAMPLES["one_mistake"](), Console(file=out, width=80), verbose=True)
    out.flush()
    text = raw.getvalue().decode(encoding)
    assert "  + naive       the loss is 9.0 when W is zero" in text
    assert "  x naive       the gradient includes the regularization term" in text
    assert max(map(len, text.splitlines())) <= 80


def assert_harmless(text: str) -> None:
    page = every_check(hostile(text), 80)
    assert max(map(cell_len, page.splitlines())) <= 80
    assert len(page) < 20_000
    assert page.isprintable() or all(char == "\n" or char.isprintable() for char in page), page
    assert not re.search(r"^\s*::[a-z]+.*::|##\[", page, re.M)
    page.encode()


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_submission_cannot_harm_the_page(text: str) -> None:
    assert_harmless(text)


def test_markup_is_shown_and_not_obeyed() -> None:
    page = every_check(hostile("[red]colour[/red] :boom:"), 80)
    assert "[red]colour[/red] :boom:" in page


def test_a_log_on_github_takes_no_commands_from_a_submission() -> None:
    page = every_check(hostile("::add-mask::secret ##[error]x :\x00:stop-commands::t #\u200b#[group]"), 80)
    assert not re.search(r"::[a-z-]+::|##\[", page)


@given(st.text(st.characters(exclude_categories=()), max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_is_harmless(text: str) -> None:
    assert_harmless(text)


def test_a_mistake_that_broke_nothing_is_only_noted() -> None:
    note = Diagnosis(mistake="squared-distances", roles=("knn.two_loops",))
    page = every_check(
        report([question("knn", "kNN", [check("knn", "two_loops.distances")])], diagnoses=(note,))
    )
    assert "explain failed" not in page
    assert "\nnoted:\n  squared-distances  knn.two_loops" in page
    assert re.search(r"squared-distances .* no cost$", page, re.M)


def test_a_very_wide_terminal_keeps_the_points_near_their_titles() -> None:
    assert max(map(len, lines("one_mistake", 300))) <= 100
