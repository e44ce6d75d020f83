"""One thing that is wrong, for its author: the fact, their own line, what to do, what follows from it."""

from __future__ import annotations

from rich.text import Text

from grader.report.evidence import broken, helps
from grader.report.sheet import Sheet, styled
from grader.report.text import clean, number, plural, points
from grader.report.tiny_example import tiny_example
from grader.report.to_fix import ToFix
from grader.report.words import SIGNS, place
from grader.result import CheckResult, Evidence, Example, Report, Verdict, Where

__all__ = ["ENTRY", "wrong_work"]

#: As wide as `✗ 1  `: all that is said of one thing stands below its first word.
ENTRY = 5
PLACES = 4
FACTS = 2
NAMES = 3


def wrong_work(sheet: Sheet, report: Report, wrong: ToFix, position: int) -> None:
    """Write one numbered entry."""
    sign = SIGNS[wrong.first.verdict if wrong.first.verdict is not Verdict.MISSING else Verdict.FAILED]
    head = Text.assemble((sign, "bold red"), (f" {position:<{ENTRY - 2}}", "bold"))
    tail = styled(f"−{points(wrong.lost)}" if wrong.lost else "no cost", "bold" if wrong.lost else "dim")
    sheet.hang(head, styled(title(wrong), "bold"), tail)
    example = next((check.example for check in wrong.checks if check.example is not None), None)
    where(sheet, wrong, around=example is None)
    numbers(sheet, wrong, example)
    perhaps(sheet, report, wrong)
    advice = list(dict.fromkeys(text for check in wrong.checks for text in helps(check, report)))
    what_to_do = styled(clean(" ".join(advice[: max(1, len(wrong.mistakes))])))
    labelled(sheet, "Do: " if wrong.mistakes else "", what_to_do)
    followers(sheet, wrong)


def labelled(sheet: Sheet, label: str, text: Text) -> None:
    if text:
        sheet.add(Text.assemble((label, "bold"), text), ENTRY)


# --- the fact ---------------------------------------------------------------------------------------------


def title(wrong: ToFix) -> str:
    """`Title · function: what is wrong with its result`."""
    questions = ", ".join(clean(question.title, 60) for question in wrong.questions)
    name, fact = clean(wrong.first.function, 60), clean(wrong.first.message or wrong.first.title, 300)
    about = f"{name}: " if name and not fact.lstrip("`").startswith(name) else ""
    return f"{questions} · {about}{fact}"


def numbers(sheet: Sheet, wrong: ToFix, example: Example | None) -> None:
    """What the numbers show, and what else is wrong in the function where nothing explains it."""
    if example is not None:
        tiny_example(sheet, example, ENTRY)
    else:
        compared(sheet, wrong.first)
    if example is not None and not wrong.mistakes:
        right_and_wrong(sheet, example)
    if not wrong.mistakes:
        others = dict.fromkeys(
            check.message for check in wrong.checks if check.message != wrong.first.message
        )
        for fact in list(others)[:FACTS]:
            labelled(sheet, "Also: ", styled(clean(fact, 200)))


def right_and_wrong(sheet: Sheet, example: Example) -> None:
    """`Right: one. Wrong: others; there your value is …`"""
    told = [f"Right: {example.right}."] if example.right else []
    told += [f"Wrong: {example.wrong}."] if example.wrong else []
    labelled(sheet, "", styled(clean(" ".join(told), 300)))


def compared(sheet: Sheet, check: CheckResult) -> None:
    """The first value that differs; beside a mistake's name only if one line holds it."""
    for evidence in broken(check)[:1]:
        what, yours, expected = (
            clean(evidence.what, 120),
            number(evidence.measured),
            number(evidence.expected),
        )
        line = styled(f"{what}: yours {yours}, expected {expected}")
        fits = ENTRY + line.cell_len <= sheet.width
        if (fits or not check.mistakes) and not says(check, evidence):
            sheet.add(line, ENTRY)


def says(check: CheckResult, evidence: Evidence) -> bool:
    """Whether the fact has these values already."""
    return check.message.startswith(evidence.what) or number(evidence.measured) in check.message


# --- the place ----------------------------------------------------------------------------------------------


def where(sheet: Sheet, wrong: ToFix, around: bool) -> None:
    """The places with the mistake's name, and the author's own line at the first; with those `around` it."""
    found = {place(check.where): check.where for check in wrong.checks if check.where}
    names = [styled(clean(mistake, 80), "magenta") for mistake in wrong.mistakes]
    sheet.flow(ENTRY, [*(styled(each, "cyan") for each in list(found)[:PLACES]), *names])
    for first in list(found.values())[:1]:
        own_lines(sheet, first, around)


def own_lines(sheet: Sheet, where: Where, around: bool) -> None:
    """The line, its place marked, and those around it; the indentation that all share is left away."""
    if where.excerpt is None:
        return
    numbered = [(at, line.expandtabs(4)) for at, line in enumerate(where.excerpt.lines, where.excerpt.first)]
    lines = [(at, line) for at, line in numbered if line.strip() and (around or at == where.line)]
    shared = min((indent(line) for _, line in lines), default=0)
    width = max((len(str(at)) for at, _ in lines), default=0)
    for at, line in lines:
        here = at == where.line
        head = Text.assemble(" " * ENTRY, ("▸ " if here else "  ", "bold red"), (f"{at:>{width}} │ ", "dim"))
        code = " " * (indent(line) - shared) + clean(line, 200)
        sheet.cut(head, styled(code, "bold" if here else "dim"))


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())


# --- what else is known -------------------------------------------------------------------------------------


def perhaps(sheet: Sheet, report: Report, wrong: ToFix) -> None:
    """Mistakes of which one explains it, where the results do not tell which."""
    roles = {check.role for check in wrong.checks if not check.mistakes}
    fit = [each for each in report.candidates if roles & set(each.roles)]
    if fit:
        names = ", ".join(dict.fromkeys(clean(each.mistake, 80) for each in fit))
        labelled(sheet, "Either of these, the results do not tell which: ", styled(names, "magenta"))


def followers(sheet: Sheet, wrong: ToFix) -> None:
    """`Because of it also: 2 checks fail (train, predict), 1 check was not made.`; in one line."""
    failed = [check for check in wrong.followers if check.verdict is not Verdict.SKIPPED]
    skipped = [check for check in wrong.followers if check.verdict is Verdict.SKIPPED]
    left_out = [plural(len(skipped), "check was not made", "checks were not made")] if skipped else []
    fail = plural(len(failed), "check fails", "checks fail")
    for names in dict.fromkeys((functions(wrong, failed), "")) if wrong.followers else ():
        told = ", ".join([f"{fail}{names}", *left_out] if failed else left_out)
        line = styled(f"Because of it also: {told}.", "dim")
        if not names or ENTRY + line.cell_len <= sheet.width:
            sheet.add(line, ENTRY)
            return


def functions(wrong: ToFix, checks: list[CheckResult]) -> str:
    own = {check.function for check in wrong.checks}
    names = list(dict.fromkeys(clean(c.function, 60) for c in checks if c.function not in (*own, "")))
    return f" ({', '.join(names[:NAMES])}{', …' if len(names) > NAMES else ''})" if names else ""
