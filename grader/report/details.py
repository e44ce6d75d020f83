"""What stands below a check's line: fact, numbers, mistake, help and place, each told once."""

from __future__ import annotations

from rich.text import Text

from grader.report.sheet import Sheet, styled
from grader.report.text import clean, number
from grader.report.words import place
from grader.result import CheckResult, Evidence, Report, Verdict

__all__ = ["Details", "broken"]

INDENT = 6
LABEL = 9  # the longest is "mistake", and a gap
MOST_EVIDENCE = 3


class Details:
    """Writes the details of checks to a sheet, remembering what the reader has already been told."""

    def __init__(self, sheet: Sheet, report: Report) -> None:
        self.sheet = sheet
        self.by_id = {check.id: check for question in report.questions for check in question.checks}
        self.several = len({diagnosis.mistake for diagnosis in report.diagnoses}) > 1
        self.help = {diagnosis.mistake: diagnosis.help for diagnosis in report.diagnoses}
        self.told: set[object] = set()

    def word(self, check: CheckResult, free: bool) -> str:
        """The words beside the check's points; `free`: it is worth points and lost none."""
        if check.verdict is Verdict.PASSED:
            return ""
        if check.verdict is Verdict.SKIPPED:
            return "not checked, no cost" if free else "not checked"
        if check.follows_from:
            return "same mistake" if self.mistakes(check) else "same cause"
        if check.verdict is Verdict.ERROR:
            return "same error" if self.known(check) else "error"
        return {Verdict.MISSING: "not implemented", Verdict.TIMEOUT: "timed out"}.get(check.verdict, "")

    def tell(self, check: CheckResult) -> None:
        """Write what there is to say below the line of `check`."""
        if check.verdict in (Verdict.PASSED, Verdict.SKIPPED):
            self.remark(check.message)
        elif check.follows_from:
            self.pointer(check)
        elif check.verdict is Verdict.FAILED or not self.known(check):
            self.told.add(story(check))
            self.failure(check)

    def known(self, check: CheckResult) -> bool:
        return story(check) in self.told

    def mistakes(self, check: CheckResult) -> tuple[str, ...]:
        """The check's own mistakes, or those of the check that it follows from."""
        cause = self.by_id.get(check.follows_from or "")
        return check.mistakes or (cause.mistakes if cause else ())

    def remark(self, text: str) -> None:
        if text and text not in self.told:
            self.told.add(text)
            self.sheet.hang(styled(" " * INDENT), styled(clean(text), "dim"))

    def pointer(self, check: CheckResult) -> None:
        """Which of several mistakes the check follows from."""
        if self.several and self.mistakes(check):
            self.sheet.hang(
                styled(" " * INDENT), styled("see " + clean(", ".join(self.mistakes(check))), "dim")
            )

    def failure(self, check: CheckResult) -> None:
        self.labelled("error" if check.verdict is Verdict.ERROR else "fact", styled(clean(check.message)))
        for evidence in broken(check):
            self.evidence(check, evidence)
        self.labelled(
            "mistake", styled(", ".join(clean(each, 80) for each in check.mistakes), "bold magenta")
        )
        self.labelled("help", styled(clean(self.advice(check))))
        if check.where:
            self.labelled("where", styled(place(check.where), "cyan"))

    def advice(self, check: CheckResult) -> str:
        """What to do: the check's own words, or the mistakes'; nothing that was already said."""
        said = [check.help] if check.help else [self.help.get(mistake, "") for mistake in check.mistakes]
        new = [each for each in dict.fromkeys(said) if each and each not in self.told]
        self.told.update(new)
        return " ".join(new)

    def labelled(self, label: str, text: Text) -> None:
        if text:
            self.sheet.hang(styled(f"{'':{INDENT}}{label:<{LABEL}}", "dim"), text)

    def evidence(self, check: CheckResult, evidence: Evidence) -> None:
        """`numerical: …  analytic: …  rel. error: …`, below what was compared."""
        what, values = styled(clean(evidence.what, 200), "dim"), comparison(check, evidence)
        whole = what.cell_len + sum(2 + value.cell_len for value in values)
        if INDENT + LABEL + whole <= self.sheet.width:
            values = [what, *values]
        else:
            self.labelled("", what)
        self.sheet.flow(INDENT + LABEL, values)


def story(check: CheckResult) -> object:
    return check.verdict, check.message, check.help, check.where


def comparison(check: CheckResult, evidence: Evidence) -> list[Text]:
    """The two values and their relative error; in the course's own words where it compares gradients."""
    expected, got = evidence.expected, evidence.measured
    if isinstance(expected, float) and isinstance(got, float) and is_gradient(check):
        texts = [f"numerical: {expected:f}", f"analytic: {got:f}"]
    else:
        texts = [f"expected: {number(expected)}", f"got: {number(got)}"]
    if evidence.relative_error is not None:
        texts.append(f"rel. error: {evidence.relative_error:.1e}")
    return [styled(text) for text in texts]


def is_gradient(check: CheckResult) -> bool:
    return check.id.endswith("gradient") and ".agreement." not in check.id


def broken(check: CheckResult) -> tuple[Evidence, ...]:
    """The comparisons that did not hold, worst known first in their own order; at most a few."""
    return tuple(each for each in check.evidence if not holds(each))[:MOST_EVIDENCE]


def holds(evidence: Evidence) -> bool:
    if evidence.relative_error is not None and evidence.tolerance is not None:
        return evidence.relative_error <= evidence.tolerance
    return evidence.measured == evidence.expected
