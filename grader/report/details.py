"""What stands below a check's line: fact, numbers, mistake, help and place, each once."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from rich.text import Text

from grader.report.evidence import broken, comparison, facts, helps
from grader.report.sheet import Sheet, styled
from grader.report.text import clean
from grader.report.words import place
from grader.result import CheckResult, Evidence, QuestionResult, Report, Verdict

__all__ = ["Details"]

INDENT = 6
LABEL = 10  # so that the details begin below the titles where the topics are as long as "vectorized"
NEEDLESS = ("not checked: ", "not run: ")  # said beside the points already


class Details:
    """Writes the details of checks to a sheet, remembering what the reader has already seen."""

    def __init__(self, sheet: Sheet, report: Report) -> None:
        self.sheet = sheet
        self.report = report
        self.by_id = {check.id: check for question in report.questions for check in question.checks}
        self.rivals = {check.id: made(question) for question in report.questions for check in question.checks}
        self.shown: set[object] = set()

    def word(self, check: CheckResult, free: bool) -> str:
        """The words beside the check's points; `free`: it is worth points and lost none."""
        if check.verdict is Verdict.PASSED:
            return ""
        if check.verdict is Verdict.SKIPPED:
            return "not checked, no cost" if free else "not checked"
        if check.follows_from:
            return "" if self.ambiguous(check) else "same mistake" if self.mistakes(check) else "same cause"
        if check.verdict is Verdict.ERROR:
            return "same error" if facts(check) in self.shown else "error"
        return {Verdict.MISSING: "missing", Verdict.TIMEOUT: "timed out"}.get(check.verdict, "")

    def tell(self, check: CheckResult) -> None:
        """Write what there is to say below the line of `check`."""
        if check.verdict in (Verdict.PASSED, Verdict.SKIPPED):
            self.remark(check.message)
        elif check.follows_from:
            if self.ambiguous(check):
                self.aside("same mistake: " + ", ".join(self.mistakes(check)))
        elif check.verdict is Verdict.FAILED or facts(check) not in self.shown:
            self.shown.add(facts(check))
            self.failure(check)

    def mistakes(self, check: CheckResult) -> tuple[str, ...]:
        """The check's own mistakes, or those of the check that it follows from."""
        cause = self.by_id.get(check.follows_from or "")
        return check.mistakes or (cause.mistakes if cause else ())

    def remark(self, text: str) -> None:
        for prefix in NEEDLESS:
            text = text.removeprefix(prefix)
        if text and text not in self.shown:
            self.shown.add(text)
            self.aside(text)

    def ambiguous(self, check: CheckResult) -> bool:
        """Whether "same mistake" could mean several."""
        return len(self.rivals[check.id]) > 1 and bool(self.mistakes(check))

    def aside(self, text: str) -> None:
        self.sheet.hang(styled(" " * INDENT), styled(clean(text), "dim"))

    def failure(self, check: CheckResult) -> None:
        self.labelled("error" if check.verdict is Verdict.ERROR else "fact", styled(clean(check.message)))
        for evidence in broken(check):
            self.evidence(check, evidence)
        self.labelled("", styled(clean(check.hint)))
        self.labelled(
            "mistake", styled(", ".join(clean(each, 80) for each in check.mistakes), "bold magenta")
        )
        new = [advice for advice in helps(check, self.report) if advice not in self.shown]
        self.shown.update(new)
        self.labelled("help", styled(clean(" ".join(new))))
        if check.where:
            self.labelled("where", styled(place(check.where), "cyan"))

    def labelled(self, label: str, text: Text) -> None:
        if text:
            self.sheet.hang(styled(f"{'':{INDENT}}{label:<{LABEL}}", "dim"), text)

    def evidence(self, check: CheckResult, evidence: Evidence) -> None:
        """`numerical: …  analytic: …  rel. error: …`, beside what was compared or below it."""
        said = check.message.startswith(evidence.what)
        what = styled("" if said else clean(evidence.what, 200), "dim")
        values = [styled(text) for text in comparison(check, evidence)]
        if what and INDENT + LABEL + what.cell_len + sum(2 + v.cell_len for v in values) <= self.sheet.width:
            values = [what, *values]
        else:
            self.labelled("", what)
        self.sheet.flow(INDENT + LABEL, values)


def made(question: QuestionResult) -> AbstractSet[str]:
    """The mistakes that the question's checks were charged for."""
    return {mistake for check in question.checks if not check.follows_from for mistake in check.mistakes}
