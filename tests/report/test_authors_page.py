"""The page that begins with what is to be done: its order, lengths, sums, words, and odd text in it."""

from __future__ import annotations

import io
import re

import msgspec
import pytest
from report_samples import FORGOT, HOSTILE, PICTURES, SAMPLES, SVM, check, hostile, question, report
from rich.cells import cell_len
from rich.console import Console

from grader.report import print_report, render_console
from grader.report.ledger import ledger
from grader.report.outline import outline
from grader.report.text import sentence
from grader.result import CheckResult, Diagnosis, Excerpt, Report, SkipReason, Verdict, Where

WIDTHS = (40, 60, 80, 120)
#: Words that only this grader knows.
JARGON = ("edition", "role", "agreement", "stand-in", "echo", "data part", "violated margin", "data loss")
LOST = re.compile(r"  −(\d+(?:\.\d+)?)$", re.M)
QUESTION = re.compile(r"(\d+(?:\.\d+)?)/(\d+(?:\.\d+)?) [✓✗…]")


def page_of(found: Report, width: int = 80) -> str:
    return render_console(found, width)


def flat(found: Report, width: int = 80) -> str:
    return " ".join(page_of(found, width).split())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_no_line_is_wider_than_the_page(sample: str, width: int) -> None:
    lines = page_of(SAMPLES[sample](), width).splitlines()
    assert max(map(cell_len, lines)) <= width
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("sample", [name for name in SAMPLES if name != "refused"])
def test_points_add_up_on_the_page(sample: str, width: int) -> None:
    found = SAMPLES[sample]()
    page, total = page_of(found, width), ledger(found).total
    assert f"{total.score:g} of {total.max_score:g} points" in flat(found, width)
    assert round(sum(map(float, LOST.findall(page))), 2) == total.lost
    questions = [(float(score), float(most)) for score, most in QUESTION.findall(" ".join(page.split()))]
    assert round(sum(score for score, _ in questions), 2) == total.score
    assert round(sum(most for _, most in questions), 2) == total.max_score


def test_a_mistake_is_told_in_order_with_the_own_line_and_one_thing_to_do() -> None:
    assert page_of(SAMPLES["one_mistake"]()).splitlines() == [
        "CS231n Assignment 1 · ada · 47 of 50 points · 1 mistake to fix",
        "",
        "✗ 1  Support vector machine · svm_loss_naive: at reg = 50, dW lacks 2·reg·W;  −3",
        "     the rest is right",
        f"     cs231n/classifiers/linear_svm.py:38  :71  {FORGOT}",
        "       37 │ dW /= N",
        "     ▸ 38 │ if reg:",
        "       39 │   return loss, dW",
        "     dW[2, 1] at reg = 50: yours -14.11428, expected -16.00736",
        "     Do: The loss adds reg·ΣW², so its derivative 2·reg·W belongs in dW.",
        "     Because of it also: 1 check was not made.",
        "",
        "Support vector machine 22/25 ✗ · Softmax classifier 25/25 ✓",
        "19 of 22 checks passed",
        "next  fix 1, then  grader check · all: grader check -v",
        f"more  grader explain {FORGOT}",
    ]


def test_right_work_is_told_in_few_lines() -> None:
    page = page_of(SAMPLES["all_correct"]())
    assert len(page.splitlines()) <= 8
    assert "nothing to fix" in page
    assert not any(sign in page for sign in "✗!◷…")


def test_the_dearest_comes_first_and_each_once() -> None:
    page = page_of(SAMPLES["two_mistakes"]())
    assert page.index(FORGOT) < page.index("not-vectorized")
    assert page.count(FORGOT) == 2  # the second time at the end, to be explained
    assert "fix 1 and 2, then  grader check" in page


def test_the_remedy_of_the_mistake_wins_over_the_words_of_the_check() -> None:
    failed = check("svm", "naive.loss", Verdict.FAILED, message="no", help="of the check", mistakes=(FORGOT,))
    known = Diagnosis(mistake=FORGOT, roles=("svm.naive",), help="of the catalogue", points=3.0)
    found = report([question("svm", "SVM", [failed])], diagnoses=(known,))
    for verbose in (False, True):
        page = render_console(found, verbose=verbose)
        assert "of the catalogue" in page.lower()
        assert "of the check" not in page


def stopping(of: str, line: int) -> CheckResult:
    """A check that an error stops whose name says no more than its kind."""
    at = {"where": Where(SVM, line), "function": f"{of}_loss", "mistakes": ("shapes-do-not-fit",)}
    words = {"message": f"line {line} raised ValueError", "help": f"advice for line {line}"}
    return check(of, "naive.loss", Verdict.ERROR, error_type="ValueError", of_place=True, **at, **words)


def test_two_errors_of_one_kind_are_two_things_to_fix_each_in_its_own_words() -> None:
    stopped = [question(of, of, [stopping(of, line)]) for of, line in (("svm", 5), ("softmax", 9))]
    known = Diagnosis(mistake="shapes-do-not-fit", roles=("svm.naive",), help="of the catalogue")
    page = flat(report(stopped, diagnoses=(known,)))
    assert "2 mistakes to fix" in page
    assert "Advice for line 5." in page
    assert "Advice for line 9." in page
    assert "f the catalogue" not in page


def test_an_error_in_one_line_that_two_questions_reach_is_one_thing_to_fix() -> None:
    page = flat(report([question(of, of, [stopping(of, 5)]) for of in ("svm", "softmax")]))
    assert "1 mistake to fix" in page


def test_one_error_behind_many_checks_is_one_thing_to_fix() -> None:
    page = page_of(SAMPLES["student_error"]())
    assert page.count("NameError: name 'dw' is not defined") == 1
    assert "! 1  " in page
    assert "✗ 2  " in page


def test_a_line_that_stops_two_classes_is_one_thing_to_fix() -> None:
    at = Where("linear_classifier.py", 70)
    stopped = [
        question(
            name,
            name,
            [check(name, "train.sgd_step", Verdict.ERROR, message=name, error_type="IndexError", where=at)],
        )
        for name in ("svm", "softmax")
    ]
    page = page_of(report(stopped))
    assert page.count("linear_classifier.py:70") == 1
    assert "svm, softmax · " in page


def test_what_fails_in_one_function_without_a_name_is_one_entry() -> None:
    failed = [
        check("svm", f"naive.{part}", Verdict.FAILED, message=f"the {part} differs")
        for part in ("loss", "gradient")
    ]
    page = page_of(report([question("svm", "SVM", failed)]))
    assert "1 mistake to fix" in page
    assert "Also: the " in page


@pytest.mark.parametrize(("line", "things"), [(33, 1), (34, 2)])
def test_what_fails_in_the_line_of_a_mistake_stands_with_it(line: int, things: int) -> None:
    named = {"message": "dW lacks the term", "mistakes": (FORGOT,), "where": Where(SVM, 33)}
    other = {"message": "the loss is 3, not 2", "where": Where(SVM, line)}
    failed = [
        check("svm", "naive.loss", Verdict.FAILED, **other),
        check("svm", "naive.gradient", Verdict.FAILED, **named),
    ]
    page = page_of(report([question("svm", "SVM", failed)]))
    assert ("✗ 2" in page) == (things == 2)
    assert ("Also: the loss is 3, not 2" in page) == (things == 1)


def test_missing_work_is_one_line_a_question_below_what_is_wrong() -> None:
    page = page_of(SAMPLES["unfinished"]())
    assert " ".join(page.split()).count("svm_loss_vectorized returns the zeros of the −10 starter code") == 1
    assert "mistake" not in page
    assert "write what is missing, then  grader check" in page


def test_what_was_not_checked_waits_under_its_cause_or_says_why() -> None:
    why = "not run: --no-train was given"
    left = check(
        "svm", "train.loss_decreases", Verdict.SKIPPED, max_score=0, message=why, reason=SkipReason.NOT_RUN
    )
    page = page_of(report([question("svm", "SVM", [check("svm", "naive.loss"), left])]))
    assert "not run  1 check: --no-train was given" in page


def test_a_check_that_waits_for_a_failed_one_costs_there() -> None:
    failed = check("svm", "naive.loss", Verdict.FAILED, message="the loss is 2, not 1")
    waits = check(
        "svm",
        "train.loss_decreases",
        Verdict.SKIPPED,
        score=0.0,
        message="not checked",
        reason=SkipReason.NEEDS,
        waits_for="svm.naive.loss",
    )
    found = report([question("svm", "SVM", [failed, waits])])
    assert LOST.findall(page_of(found)) == [f"{failed.max_score + waits.max_score:g}"]
    assert "1 check was not made" in page_of(found)


def test_a_report_stored_before_there_were_excerpts_is_shown_without() -> None:
    page = page_of(SAMPLES["timed_out"]())
    assert "linear_svm.py:71" in page
    assert "│" not in page


def test_the_line_itself_is_shown_whole_and_one_beside_it_cut() -> None:
    at = Where("a.py", 3, excerpt=Excerpt(2, ("x = " + "g(x) + " * 20, "y = " + "f(x) + " * 20)))
    failed = check("svm", "naive.loss", Verdict.FAILED, message="no", where=at)
    page = page_of(report([question("svm", "SVM", [failed])]), 60)
    assert sum("│" in line for line in page.splitlines()) == 2
    assert page.count("f(x)") == 20
    assert page.count("g(x)") < 10


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_a_terminal_without_unicode_gets_a_readable_page(encoding: str) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding)
    print_report(SAMPLES["one_mistake"](), Console(file=out, width=80))
    out.flush()
    assert "     > 38 | if reg:" in raw.getvalue().decode(encoding)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_submission_cannot_harm_the_page(text: str) -> None:
    page = page_of(hostile(text))
    assert max(map(cell_len, page.splitlines())) <= 80
    assert len(page) < 20_000
    assert all(char == "\n" or char.isprintable() for char in page), page
    assert not re.search(r"^\s*::[a-z]+.*::|##\[", page, re.M)


def test_notes_stand_there_only_if_the_author_must_act() -> None:
    found = msgspec.structs.replace(SAMPLES["undecided"](), to_do=("svm.ipynb as saved: no cell was run",))
    page = page_of(found)
    assert "svm.ipynb as saved" in page
    assert "xrange" not in page


def test_of_two_mistakes_that_fit_neither_is_asserted() -> None:
    told = flat(SAMPLES["undecided"]())
    assert "the results do not tell which: correct-class-counted-in-loss, loss-ignores-reg-argument" in told


def test_a_mistake_without_a_name_has_an_example_with_what_is_right_and_wrong() -> None:
    page = page_of(SAMPLES["unnamed"]())
    table = """\
     X = [[1, 3]], W = [[-1, 0, 2], [0, 1, 1]], y = [1], reg = 0:
               class 0  class 1  class 2    dW, row of feature 0
     probs       0.125    0.250    0.625
     yours       0.250   -0.750    0.250
     expected    0.125   -0.750    0.625
"""
    assert table in page
    assert "✗ 1  softmax_loss_naive: dW is wrong  " in page
    assert "Right: the correct class. Wrong: every other class, where your value is the" in page
    assert "     Right: the loss at reg = 0.\n     Do: Compute these numbers by hand, then" in page


@pytest.mark.parametrize("width", WIDTHS)
def test_no_value_of_an_example_is_lost_where_the_page_is_narrow(width: int) -> None:
    told = flat(SAMPLES["unnamed"](), width)
    assert all(told.count(value) for value in ("0.125", "0.250", "-0.750", "0.625", "class 2", "feature 0"))


def test_of_very_many_the_dearest_are_told_and_how_to_see_the_others() -> None:
    failed = [
        check("svm", f"naive.part_{n}", Verdict.FAILED, message=f"fact {n}", role=f"svm.{n}", max_score=n)
        for n in range(1, 10)
    ]
    found = report([question("svm", "SVM", failed)])
    page = page_of(found)
    assert [line for line in page.splitlines() if line.startswith("✗")][-2:] == [
        "✗ 6  fact 4                                                                   −4",
        "✗ …  3 more, which cost less; all of them: grader check -v                    −6",
    ]
    assert "fact 3" not in page
    assert round(sum(map(float, LOST.findall(page))), 2) == ledger(found).total.lost


@pytest.mark.parametrize("sample", SAMPLES)
def test_no_word_of_the_graders_own_stands_on_the_page(sample: str) -> None:
    page = page_of(SAMPLES[sample]())
    for word in JARGON:
        assert not re.search(rf"(?i)\b{word}\b", page), word


def test_tabs_that_stop_python_are_to_be_seen() -> None:
    lines = Where(SVM, 2, excerpt=Excerpt(1, ("    a = 1", "\tb = 2")))
    stopped = check("svm", "naive.loss", Verdict.ERROR, message="no", error_type="TabError", where=lines)
    assert "     ▸ 2 │ → b = 2" in page_of(report([question("svm", "SVM", [stopped])]))


def test_the_lines_of_a_short_range_are_shown_without_its_remarks() -> None:
    span = Where(SVM, 5, end_line=8, excerpt=Excerpt(5, ("  a = 1", "  # now", "", "  return a")))
    page = page_of(report([question("svm", "SVM", [check("svm", "naive.loss", Verdict.FAILED, where=span)])]))
    assert "lines 5–8\n       5 │ a = 1\n       8 │ return a\n" in page


def test_one_line_that_two_questions_use_is_one_thing_to_fix() -> None:
    at = {"function": "predict", "where": Where("linear_classifier.py", 81)}
    failed = [check(of, "predict.labels", Verdict.FAILED, message="no", **at) for of in ("svm", "softmax")]
    told = flat(report([question(each.id[:3], each.id[:3], [each]) for each in failed]))
    assert "1 mistake to fix" in told
    assert "svm, sof · predict: no −2" in told


def test_a_hint_is_no_advice() -> None:
    known = check(
        "svm", "naive.loss", Verdict.FAILED, message="no", hint="only the first is", help="look at it"
    )
    assert "Only the first is.\n     Do: Look at it.\n" in page_of(report([question("svm", "SVM", [known])]))


def test_the_title_names_the_function_that_the_own_line_is_in() -> None:
    inner = Where(SVM, 7, function="svm_loss_naive")
    made = {"where": inner, "mistakes": (FORGOT,)}
    outer = check(
        "svm", "vectorized.loss", Verdict.FAILED, message="no", function="svm_loss_vectorized", **made
    )
    own = check("svm", "naive.loss", Verdict.FAILED, message="not so", function="svm_loss_naive", **made)
    own = msgspec.structs.replace(own, score=own.max_score, cause=outer.id, follows_from=outer.id)
    assert "· svm_loss_naive: not so" in flat(
        report([question("svm", "SVM", [outer, own]), question("knn", "kNN", [check("knn", "k.l")])])
    )
    helper = msgspec.structs.replace(outer, where=msgspec.structs.replace(inner, function="_margins"))
    page = flat(report([question("svm", "SVM", [helper])]))
    assert "svm_loss_vectorized: no" in page
    assert f"{SVM}:7 (_margins)" in page


def test_what_comes_from_another_question_stands_with_its_cause() -> None:
    layer = check("layers", "relu.gradient", Verdict.FAILED, message="dx is wrong", function="relu_backward")
    net = check("nets", "net.loss", Verdict.FAILED, message="dearer", function="loss", behind=layer.id)
    net = msgspec.structs.replace(net, max_score=9.0)
    page = flat(report([question("nets", "Nets", [net]), question("layers", "Layers", [layer])]))
    assert "1 mistake to fix" in page
    assert "✗ 1 Layers, Nets · relu_backward: dx is wrong" in page
    assert "Because of it also: 1 check fails (loss)." in page


def test_advice_and_hint_are_sentences_but_names_of_code_keep_their_case() -> None:
    assert sentence("take the root") == "Take the root."
    assert sentence("dW is a mean") == "dW is a mean."
    assert sentence("np.argmax(scores, axis=1)") == "np.argmax(scores, axis=1)."
    assert sentence("dx = dout * (x > 0)") == "dx = dout * (x > 0)."
    assert sentence("Take `x`.") == "Take `x`."
    assert sentence("") == ""


def test_a_question_of_which_nothing_is_there_names_no_functions() -> None:
    absent = [
        check("svm", of, Verdict.MISSING, message=f"{of} is not there", function=of)
        for of in ("naive.loss", "vectorized.loss")
    ]
    begun = [msgspec.structs.replace(each, where=Where(SVM, 3)) for each in absent]
    there = check("svm", "predict.argmax")
    assert "SVM · nothing of it found −" in flat(report([question("svm", "SVM", absent)]))
    assert "SVM · nothing written yet −" in flat(report([question("svm", "SVM", begun)]))
    assert "SVM · not found: naive.loss, " in flat(report([question("svm", "SVM", [*absent, there])]))


def test_a_picture_of_several_mistakes_stands_beside_the_first() -> None:
    def wrong(of: str) -> CheckResult:
        found = check("svm", of, Verdict.FAILED, message=of, function=of, role=of)
        return msgspec.structs.replace(found, pictures=PICTURES[1:])

    told = outline(report([question("svm", "SVM", [wrong("one.loss"), wrong("two.loss")])]))
    assert [len(each.pictures) for each in told.entries] == [1, 0]


def test_what_was_not_run_counts_what_builds_on_it() -> None:
    def skipped(id: str, reason: SkipReason, message: str, waits_for: str | None = None) -> CheckResult:
        made = check("svm", id, Verdict.SKIPPED)
        return msgspec.structs.replace(made, reason=reason, message=message, waits_for=waits_for)

    checks = (
        check("svm", "naive.loss"),
        skipped("train.accuracy", SkipReason.NOT_RUN, "not run: --no-train was given"),
        skipped("notebook.x", SkipReason.NEEDS, "not checked: needs that", "svm.train.accuracy"),
    )
    found = report([question("svm", "SVM", checks)])
    assert "1 of 3 checks passed" in flat(found)
    assert "2 checks: --no-train was given" in flat(found)
