"""What a notebook shows of functions that are wrong follows from what their own checks found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from grader.assignment1.notebooks.proxy import NotebookQuestion
from grader.diagnosis.attribution import WITHOUT_RIGHT_RESULT, WRONG, Attributed, Attribution, Case
from grader.diagnosis.lines import span_of
from grader.result import CheckResult, SkipReason, Verdict, Where

__all__ = ["explain_notebook"]

#: Statements that say nothing of what a function returns to the cell that calls it.
_BESIDE = frozenset(["inputs_unchanged", "no_python_loops", "numeric_stability", "loss_history"])
_DECIDED = (*WITHOUT_RIGHT_RESULT, Verdict.PASSED)
_KINKS = "a numeric gradient is wrong itself where a step crosses a kink"
_ELSEWHERE = "what the cell calls passes its own checks: look at what the cell gives it"


def explain_notebook(case: Case) -> Attribution:
    """Let a run that stops, and comparisons that do not hold, follow from what the cells call."""
    found: dict[str, Attributed] = {}
    for result in case.results:
        if result.role != f"{case.question}.notebook" or result.verdict not in WRONG:
            continue
        explain = {"runs": _of_the_stop, "comparisons": _of_comparisons}.get(result.statement)
        said = explain(case, case.subject.notebook, result) if explain is not None else None
        if said is not None:
            found[result.id] = said
    return Attribution(checks=found)


def _following(behind: CheckResult) -> Attributed:
    if behind.verdict is Verdict.MISSING:
        return Attributed(verdict=Verdict.MISSING, message=f"it uses what is not done yet: {behind.message}")
    return Attributed(cause=behind.follows_from or behind.id)


def _of_comparisons(case: Case, notebook: NotebookQuestion, result: CheckResult) -> Attributed | None:
    """They follow where each cell that disagrees calls a function that is wrong, or crosses kinks."""
    behind: list[CheckResult] = []
    for one in notebook.comparisons():
        called = _called_in(case, notebook, one.cell)
        wrong = next((check for check in called if check.verdict is not Verdict.PASSED), None)
        if wrong is not None and not one.holds:
            behind.append(wrong)
        elif not one.holds and not (one.numeric and called):
            return Attributed(help=_ELSEWHERE) if called else None
    return _following(behind[0]) if behind else _crossing(result)


def _crossing(result: CheckResult) -> Attributed:
    fact = f"not counted: {result.message}, but what is called passes its own checks: {_KINKS}"
    return Attributed(verdict=Verdict.SKIPPED, reason=SkipReason.NOT_RUN, message=fact)


def _called_in(case: Case, notebook: NotebookQuestion, cell: int) -> list[CheckResult]:
    """The checks of what the cell calls; the failed ones of what may have changed its inputs before."""
    sources = [one.source for one in notebook.notebook.code[:cell]]
    checks = [*case.results, *case.context]
    of_values = [one for one in checks if one.statement not in _BESIDE and one.verdict in _DECIDED]
    changing = [one for one in checks if one.statement == "inputs_unchanged" and one.verdict in WRONG]
    return [*_of_called(case, of_values, sources[-1]), *_of_called(case, changing, "\n".join(sources))]


def _of_called(case: Case, results: Iterable[CheckResult], text: str) -> Iterator[CheckResult]:
    """The checks, of these, of a role whose function or method the text calls."""
    for one in results:
        site = case.student.sites.get(one.role)
        if site is not None:
            name = site.method if site.method not in (None, "__init__") else site.name
            if re.search(rf"\b{re.escape(str(name))}[ \t]*\(", text):
                yield one


def _of_the_stop(case: Case, notebook: NotebookQuestion, result: CheckResult) -> Attributed | None:
    """It follows from the function in which it stops, from one that the line calls, or an unwritten one."""
    own = [one for one in (*case.results, *case.context) if one.verdict in WITHOUT_RIGHT_RESULT]
    earlier = [one for each in case.earlier for one in each.checks if one.verdict in WRONG]
    there = [one for one in (*own, *earlier) if result.where is not None and _is_in(case, one, result.where)]
    undone = [one for one in own if one.verdict is Verdict.MISSING]
    *before, line = _lines_until(notebook) or ("",)
    called = [*_of_called(case, own, line), *_of_called(case, undone, "\n".join(before))]
    behind = next(iter([*there, *called]), None)
    return _following(behind) if behind is not None else None


def _is_in(case: Case, result: CheckResult, where: Where) -> bool:
    """Whether a place is the one that a check stopped at, or in the function that it is about."""
    site = case.student.sites.get(result.role)
    stopped = result.where if site is not None and result.error_type else None
    if stopped is not None and (stopped.file, stopped.line) == (where.file, where.line):
        return True
    text = case.source(where.file) if site is not None and site.where is not None else None
    if site is None or text is None or site.where is None or site.where.file != where.file:
        return False
    span = span_of(site, text)
    if span is None or span.line is None or where.line is None:
        return False
    return span.line <= where.line <= (span.end_line or span.line)


def _lines_until(notebook: NotebookQuestion) -> Sequence[str]:
    """The lines of the cell up to the one that the run stopped at."""
    first = next(iter(notebook.run.failures), None)
    if first is None or first.error is None or first.error.line is None:
        return ()
    return notebook.notebook.code[first.number - 1].source.splitlines()[: first.error.line]
