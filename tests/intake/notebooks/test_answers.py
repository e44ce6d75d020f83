"""Inline questions and their answers, whatever the marker."""

from __future__ import annotations

import re

import pytest
from cells_as_json import code, notebook, text
from hypothesis import given
from hypothesis import strategies as st
from work_samples import work_of

from grader.assignment1.editions import EDITIONS
from grader.intake.notebooks.answers import Answered, Inline, answers, inline_questions
from grader.intake.notebooks.read import read_notebook

MARKERS = [
    r"$\color{blue}{\textit Your Answer:}$",
    r"$\color{green}{\textit Your Answer:}$",
    r"$\color{blue}{\textit{Your Answer:}}$",
    r"$\color{blue}{\textit Your Answer:} \ $",
    "**Your answer:**",
    "**Your Answer**:",
    "*Your Answer*:",
    "## Answer:",
    "## Answer",
    "**Your Answer*:",
    "Your Answer:",
    "> **Answer:**",
]
ENDS = re.compile("|".join(EDITIONS.load("2019").question_ends), re.I)
COURSE = re.compile("|".join(EDITIONS.load("2025").course_texts), re.I)
PLACEHOLDERS = ["*fill this in.*", "*Fill this in*", "fill this in", "*fill in this*", "_fill this in_.", ""]


def read(*cells: dict[str, object]) -> list[Answered]:
    return answers(read_notebook("svm.ipynb", notebook(*cells)).cells, ENDS, COURSE)


def found_in(files: dict[str, bytes]) -> list[Inline]:
    work = work_of(files)
    return inline_questions(work.notebooks, work.edition)


@pytest.mark.parametrize("marker", MARKERS)
def test_the_answer_stands_behind_the_marker(marker: str) -> None:
    (found,) = read(text(f"**Inline Question 1**\n\nWhy is it so?\n\n{marker}\nbecause of the hinge"))
    assert found.answer == "because of the hinge"
    assert found.prompt == "**Inline Question 1**\n\nWhy is it so?"


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
@pytest.mark.parametrize("marker", MARKERS)
def test_a_placeholder_is_no_answer(marker: str, placeholder: str) -> None:
    (found,) = read(text(f"### Inline question 2:\nDescribe it.\n\n{marker} {placeholder}"), code("x = 1"))
    assert found.answer == ""


def test_a_placeholder_left_beside_the_answer_is_removed() -> None:
    (found,) = read(text("**Inline Question 1**\nWhy?\n\n**Your answer:** *fill this in.*\nten classes"))
    assert found.answer == "ten classes"


def test_the_marker_may_be_in_the_next_cell() -> None:
    (found,) = read(text("## Inline Question 1:\nWhich of them?"), text("## Answer:\n1 and 3"))
    assert (found.answer, found.position) == ("1 and 3", 1)


def test_the_answer_may_be_in_the_cell_after_its_marker() -> None:
    (found,) = read(text("## Inline Question 1\nWhich?\n\n*Your Answer*:"), text("both of them"), code("x"))
    assert found.answer == "both of them"


def test_the_next_section_is_no_answer() -> None:
    (found,) = read(
        text("**Inline question 1**\nWhy?\n\n*Your Answer*:"), text("# Softmax\nNow do the same.")
    )
    assert found.answer == ""


def test_an_answer_as_comments_below() -> None:
    asked = text("**Inline question 1**\nWhy?\n\n*Your Answer*:")
    assert read(asked, code("# ten classes\n\n# of equal chance"))[0].answer == "ten classes\nof equal chance"
    assert read(asked, code("# run this\nx = 1"))[0].answer == ""


def test_an_answer_within_the_coloured_marker() -> None:
    (found,) = read(text("**Inline Question 3**\nWhich?\n\n" r"$\color{blue}{\textit Your Answer: 1, 3}$"))
    assert found.answer == "1, 3"


def test_an_answer_without_a_marker_below_the_courses_question() -> None:
    asked = "### Inline question 1:\nDescribe what you see. Do they make sense?"
    assert read(text(f"{asked}\n\nYes, by their colours."))[0] == Answered(asked, "Yes, by their colours.", 1)
    assert read(text(asked))[0].answer == ""


def test_two_blanks_are_told_apart() -> None:
    asked = "**Inline Question 2**\nTrue or false?\n\n$\\color{blue}{\\textit Your Answer:}$ %s\n\n\n"
    asked += "$\\color{blue}{\\textit Your Explanation:}$ %s"
    assert read(text(asked % ("True", "the loss may be zero")))[0].answer == (
        "True\nexplanation: the loss may be zero"
    )
    assert read(text(asked % ("True", "*fill this in*")))[0].answer == "True\nexplanation: (empty)"
    assert read(text(asked % ("", "fill this in")))[0].answer == ""


def test_several_questions_of_one_cell() -> None:
    found = read(
        text("**Inline Question 1**\nA?\n*Your answer*: a\n**Inline Question 2**\nB?\n*Your answer*: b")
    )
    assert [item.answer for item in found] == ["a", "b"]


def test_a_marker_without_a_title() -> None:
    (found,) = read(
        text("**Explain your tuning below.**\n\n" r"$\color{blue}{\textit Your Answer:}$ by hand")
    )
    assert found.answer == "by hand"
    assert found.prompt == "**Explain your tuning below.**"


def test_ordinary_text_is_no_question() -> None:
    assert read(text("# k-NN\nThe answer: it depends."), code("# Inline Question 1")) == []


def test_tags_and_marks_alone_are_no_answer_but_a_picture_is() -> None:
    asked = "**Inline Question 1**\nWhy?\n*Your Answer*:\n"
    assert read(text(asked + "</details>\n---\n**"))[0].answer == ""
    assert read(text(asked + '<img src="a.png">'))[0].answer == '<img src="a.png">'


def test_an_answer_can_neither_flood_nor_steer_the_page() -> None:
    (found,) = read(
        text("**Inline Question 1**\nWhy?\n*Your Answer*:\x1b[31m\u202ered\x00\n" + "word\n" * 50_000)
    )
    assert found.answer.startswith("[31mred\nword")
    assert len(found.answer) <= 8000


def test_the_submissions_answers_by_question() -> None:
    one = "**Inline Question 1**\nWhy?\n\n**Your answer:** "
    files = {
        "svm.ipynb": notebook(
            text(one + "hinge"), code("from cs231n.classifiers.linear_svm import svm_loss_naive")
        ),
        "knn.ipynb": notebook(text(one)),
        "softmax.ipynb": b"{broken",
    }
    found = found_in(files)
    assert [(item.question, item.answer) for item in found] == [("knn", ""), ("svm", "hinge")]


def test_a_lone_notebook_with_several_questions() -> None:
    asked = text("**Inline Question 1**\nWhy?\n\n**Your answer:** so")
    lone = notebook(code("def svm_loss_naive(): pass"), asked, code("def softmax_loss_naive(): pass"), asked)
    found = found_in({"all.ipynb": lone})
    assert [item.question for item in found] == ["svm", "softmax"]


PIECES = st.sampled_from(
    [
        "**Inline Question 1**",
        *MARKERS,
        *PLACEHOLDERS,
        "$",
        "\\color{blue}{",
        "**",
        "# ",
        "\n",
        "your answer:",
    ]
)


@pytest.mark.parametrize(
    "course",
    [
        "The `grad` returned from the function above is right now all zero: see `softmax_loss_naive`.",
        "上面函数返回的 `grad` 目前全为零。请在 `softmax_loss_naive` 函数内实现。",
    ],
)
@pytest.mark.parametrize("own", ["", "Because of `grad`."])
def test_a_text_of_the_courses_own_is_no_part_of_an_answer(course: str, own: str) -> None:
    asked = text(f"**Inline Question 1**\n\nWhy?\n\n$\\color{{blue}}{{\\textit Your Answer:}}$ {own}")
    more = text("To check it, you can numerically estimate the gradient of the loss function.")
    (found,) = read(asked, text(course), more)
    assert found.answer == own
    (found,) = read(asked, text("In a cell of its own."), text(course))
    assert found.answer == f"{own}\nIn a cell of its own.".strip()


@pytest.mark.parametrize("title", ["**内联问题 1**", "## Pregunta 2:", "**Вопрос 1** - *True or False*"])
@pytest.mark.parametrize(
    ("blank", "answer"), [("*在此填写*", ""), ("*在此填写*\n\n是的", "是的"), ("是的", "是的")]
)
def test_a_translated_question_is_known_by_its_form(title: str, blank: str, answer: str) -> None:
    (found,) = read(text(f"{title}\n\n为什么？\n\n$\\color{{blue}}{{\\textit{{你的答案：}}}}$ {blank}"))
    assert (found.prompt, found.answer) == (f"{title}\n\n为什么？", answer)
    assert read(text(f"{title}\n\nThe next section.")) == []
    with_original = f"{title}\n\n$\\color{{blue}}{{\\textit 你的答案：}}$\n\n**Inline Question 1**\nWhy?"
    assert len(read(text(with_original))) == 1


@pytest.mark.parametrize(
    "blank", ["## 回答：", "**你的答案：**", "**Ваш ответ:**", "### 답변", "**Respuesta**:"]
)
@pytest.mark.parametrize("title", ["**Inline Question 1**", "**内联问题 1**", "## Вопрос 2:"])
@pytest.mark.parametrize("answer", ["", "是的"])
def test_a_translated_blank_is_known_by_its_word(title: str, blank: str, answer: str) -> None:
    (found,) = read(text(f"{title}\n\n为什么？\n\n{blank}\n{answer}"))
    assert (found.prompt, found.answer) == (f"{title}\n\n为什么？", answer)


@given(st.lists(st.lists(PIECES | st.text(max_size=5), max_size=12).map(" ".join), max_size=4))
def test_any_text_is_taken_apart(sources: list[str]) -> None:
    for found in read(*map(text, sources)):
        assert found.answer == found.answer.strip()


def test_long_lines_cost_no_more_than_their_length() -> None:
    for line in (
        "$" * 100_000,
        "*" * 100_000,
        " " * 100_000 + "x",
        "fill " * 50_000,
        "your answer " * 20_000,
    ):
        read(text(f"**Inline Question 1**\n{line}\n*Your answer*: {line}"))
