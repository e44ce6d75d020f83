"""The inline questions of the course's notebooks and the answers below them, for a person to mark.

Known by their markers, whatever form a year gave them: `$\\color{blue}{\\textit Your Answer:}$`,
`**Your answer:**`, `*Your Answer*:`, `## Answer:`. An answer may share its question's cell or follow in the
next, where some wrote it as comments of code.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from grader.intake.editions import Edition
from grader.intake.notebooks.cells import Cell
from grader.intake.notebooks.read import Notebook

__all__ = ["Answered", "Inline", "answers", "inline_questions"]

#: Longer ones are cut: the longest real answer has some 3,000 characters.
_LONGEST = 8000
_LONGEST_PROMPT = 2000
_MOST = 60
#: A line longer than this is a picture.
_LONG_LINE = 2000

_DECORATION = r"[\s#>*_~`(]{0,16}"
#: A title in another language is known by its number, and by the coloured blank in its cell.
_NUMBERED = re.compile(r"^(?:#{1,6}\s*|\*\*)[^\n*]{1,40}?\d{1,2}\s*[:：]?\s*(?:\*\*|$)")
_QUESTION = re.compile(rf"^(?:<[^<>\n]{{1,80}}>){{0,3}}{_DECORATION}inline\s+question\b", re.I)
_COLOURED = (
    r"\$+\s*\\(?:text)?color\s*\{\w{1,20}\}\s*\{?\s*\\text\w{0,3}\s*\{?\s*"
    r"(?P<coloured>[^\W\d]{1,20}(?:\s+[^\W\d]{1,20})?)\s*(?:\}\s*)?[:：](?P<inside>[^$\n]{0,1000}?)[\s}\\]{0,9}\$+"
)
#: What starters in other languages call it.
_TRANSLATED = (
    r"(?:你的|我的|您的)?(?:回答|答案|解答|答)|(?:あなたの)?(?:解答|答え)|(?:당신의\s?)?(?:답변|정답|답안|답)|(?:ваш\s+)?ответ"
    r"|(?:(?:tu|su|sua|votre|ta|deine|ihre)\s+)?(?:respuesta|resposta|réponse|antwort|risposta|cevap)"
)
_IN_ANOTHER = re.compile(_TRANSLATED, re.I)
_WORDS = rf"(?:your|my)\s+(?:answer|explanation)|answer|explanation|{_TRANSLATED}"
_PLAIN = rf"{_DECORATION}(?P<plain>{_WORDS})[*_\s]{{0,4}}[:：]"
_TITLE = rf"#{{1,6}}\s*[*_]{{0,3}}(?P<title>(?:your\s+)?(?:answer|explanation)s?|{_TRANSLATED})[*_\s]{{0,4}}$"
_MARKER = re.compile(
    rf"^\s{{0,8}}(?:[>*_#]{{1,6}}\s{{0,3}})?(?:{_COLOURED}|{_PLAIN}|{_TITLE})(?P<end>[*_]{{0,3}})", re.I
)
#: What the course puts where the answer belongs.
_PLACEHOLDER = re.compile(
    r"[*_<(\[{]{0,4}\s{0,4}(?:please\s+)?fill\s+(?:this|it|me|in)(?:\s+(?:this|in|here|me))?\s{0,4}[.!]?\s{0,4}[*_>)\]}]{0,4}\.?"
    r"|[*_]{0,3}(?:write\s+)?your\s+answer\s+here\.?[*_]{0,3}"
    r"|(?m:^[ \t]*\*[^\x00-\x7f*]{2,12}\.?\*[ \t]*$)",
    re.I,
)
_LEAD = re.compile(r"^(?:[-=]{0,3}>|-{3,}|(?:a|the answer is)\b:?)\s*", re.I)
_TAG = re.compile(r"</?(?!img\b)[a-z][^<>]{0,200}>", re.I)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Answered(NamedTuple):
    """One inline question: its text, what was written below, and the position of the cell it stands in."""

    prompt: str
    answer: str
    position: int


class Inline(NamedTuple):
    """An inline question of the notebook at `path`, as part of `question`; an empty `answer` was left so."""

    question: str
    path: str
    prompt: str
    answer: str
    position: int


class _Blank(NamedTuple):
    """A marker and what follows it."""

    label: str
    lines: list[str]


def inline_questions(notebooks: Mapping[str, Notebook], edition: Edition) -> list[Inline]:
    """Every inline question of the submission's notebooks, each with the question that it is part of.

    Args:
        notebooks: question → its notebook.
    """
    found = []
    # What follows an end was written by the student, marker or not.
    ends = re.compile("|".join(edition.question_ends) or "(?!)", re.I)
    course = re.compile("|".join(edition.course_texts) or "(?!)", re.I)
    for notebook in {notebook.path: notebook for notebook in notebooks.values()}.values():
        questions = [question for question, its in notebooks.items() if its is notebook]
        for item in answers(notebook.cells, ends, course)[:_MOST]:
            question = _question_at(item.position, notebook.cells, questions, edition)
            found.append(Inline(question, notebook.path, *item))
    return found


def _question_at(position: int, cells: Sequence[Cell], questions: Sequence[str], edition: Edition) -> str:
    """Which question a cell belongs to, in a notebook that holds several: the one that was last at work."""
    if len(questions) == 1:
        return questions[0]
    patterns = {question: re.compile(edition.notebooks[question].marks) for question in questions}
    for cell in reversed(cells[:position]):
        at_work = [question for question in questions if patterns[question].search(cell.source)]
        if at_work:
            return at_work[-1]
    return questions[0]


def answers(cells: Sequence[Cell], ends: re.Pattern[str], course: re.Pattern[str]) -> list[Answered]:
    """The inline questions in order.

    Args:
        ends: how the text of a question without a marker ends.
        course: what a text of the course's own holds, which is part of no answer.
    """
    found = []
    for run, below in _text_runs(cells, course):
        answered = [_answered(block, ends) for block in _blocks(run)]
        if answered and not answered[-1].answer:
            answered[-1] = answered[-1]._replace(answer=_comments(below))
        found += answered
    return found


def _comments(source: str) -> str:
    """The text of a code cell that holds nothing but comments."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    if not all(line.startswith("#") for line in lines):
        return ""
    return _filled("\n".join(line.lstrip("# ") for line in lines))


class _TextLine(NamedTuple):
    position: int
    text: str


def _text_runs(cells: Sequence[Cell], course: re.Pattern[str]) -> Iterator[tuple[list[_TextLine], str]]:
    """The lines of text cells that follow each other without code or a text of the course's between them, and
    the code below them."""
    run: list[_TextLine] = []
    for cell in cells:
        is_text = cell.kind != "code" and course.search(cell.source) and not _asks(cell.source)
        if is_text or (cell.kind == "code" and cell.source.strip()):
            if run:
                yield run, "" if is_text else cell.source
            run = []
        elif cell.kind != "code":
            run += [_TextLine(cell.position, line[:_LONG_LINE]) for line in cell.source.splitlines()]
    if run:
        yield run, ""


def _blocks(run: Sequence[_TextLine]) -> Iterator[list[_TextLine]]:
    """The lines of each question: from its title, or from the cell of a marker without one, to the next."""
    starts = [i for i, line in enumerate(run) if _QUESTION.match(line.text) or _is_translated(i, run)]
    starts = sorted({*starts, *_untitled(run, starts)})
    for start, end in itertools.pairwise([*starts, len(run)]):
        yield list(_until_next_section(run[start:end]))


def _asks(text: str) -> bool:
    return any(_QUESTION.match(line) or _MARKER.match(line) for line in text.splitlines())


def _is_translated(i: int, run: Sequence[_TextLine]) -> bool:
    """Whether line `i` is a question's title in another language, without the course's own beside it."""
    if not _NUMBERED.match(run[i].text):
        return False
    below = [line.text for line in run[i + 1 :] if line.position == run[i].position]
    markers = [marker for line in below if (marker := _MARKER.match(line))]
    translated = any(marker["coloured"] or _IN_ANOTHER.match(_blank_label(marker)) for marker in markers)
    return translated and not any(map(_QUESTION.match, below))


def _untitled(run: Sequence[_TextLine], titles: Sequence[int]) -> Iterator[int]:
    """Where questions begin that bear no title: the cell of a marker no other question's block holds."""
    for i, line in enumerate(run):
        marker = _MARKER.match(line.text)
        if marker is None or not _blank_label(marker).startswith("your answer"):
            continue
        start = next(j for j, other in enumerate(run) if other.position == line.position)
        if not any(title <= i for title in titles):
            yield start if i > start else max(start - 1, 0)


def _until_next_section(lines: Sequence[_TextLine]) -> Iterator[_TextLine]:
    """The block, without a heading in a later cell and what comes under it: the notebook's next section."""
    for line in lines:
        later = line.position > lines[0].position
        if later and re.match(r"#{1,6}\s", line.text) and not _MARKER.match(line.text):
            return
        yield line


def _answered(block: Sequence[_TextLine], ends: re.Pattern[str]) -> Answered:
    prompt: list[str] = []
    blanks: list[_Blank] = []
    for line in block:
        marker = _MARKER.match(line.text)
        if marker is not None:
            blanks.append(
                _Blank(_blank_label(marker), [(marker["inside"] or "") + line.text[marker.end() :]])
            )
        elif blanks:
            blanks[-1].lines.append(line.text)
        else:
            prompt.append(line.text)
    asked, below = _split("\n".join(prompt), ends)
    answer = _answer(blanks) or _filled(below)
    return Answered(_clean(asked, _LONGEST_PROMPT), answer, block[0].position)


def _split(prompt: str, ends: re.Pattern[str]) -> tuple[str, str]:
    """The question, and what stands below it without a marker."""
    end = max((found.end() for found in ends.finditer(prompt)), default=len(prompt))
    return prompt[:end], _LEAD.sub("", prompt[end:].strip(" \n*"))


def _blank_label(marker: re.Match[str]) -> str:
    label = marker["coloured"] or marker["plain"] or marker["title"]
    return " ".join(label.lower().split())


def _answer(blanks: Sequence[_Blank]) -> str:
    """The blanks' texts; where there are several, each after its name, unless all are empty."""
    texts = [(blank.label, _filled("\n".join(blank.lines))) for blank in blanks]
    if not any(text for _, text in texts):
        return ""
    if len(texts) == 1:
        return texts[0][1]
    named = [f"{label.removeprefix('your ')}: {text or '(empty)'}" for label, text in texts[1:]]
    return "\n".join([texts[0][1] or "(empty)", *named])


def _filled(text: str) -> str:
    """What was written in a blank: nothing, if only placeholder, tags and marks stand there."""
    text = _clean(_PLACEHOLDER.sub("", text), _LONGEST)
    return text if re.search(r"\w|[^\x00-\x7f]", _TAG.sub("", text)) else ""


def _clean(text: str, limit: int) -> str:
    """The text with nothing in it that could move or colour what is printed, cut at `limit`."""
    text = _UNPRINTABLE.sub("", text.replace("\r", "\n")).strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
