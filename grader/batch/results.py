"""What a folder of results holds, as it counts: read one report at a time, kept as the files of the class."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
from rich.console import Console

from grader.batch.known import Known, read_known
from grader.batch.marks import write_sheet
from grader.batch.pages import follow_rulings
from grader.batch.rulings import read_rulings
from grader.batch.store import REPORT_FILE, OutputError, read_report, stored_folders
from grader.grade import Job, fault_report
from grader.report import ClassSummary
from grader.report.class_page import INDEX, ClassPage
from grader.report.gradebook import Gradebook
from grader.report.html import PAGE
from grader.report.mistakes import MistakesBook
from grader.report.text import plural
from grader.report.writing import write_aside
from grader.result import QuestionResult, Report
from grader.scoring.rescoring import rescored, unmade
from grader.scoring.rubric import Rubric

__all__ = ["Results", "publish", "stored_results"]


class Results:
    """Each report is scored, and what people decided applied; of it stay its lines in the class's tables."""

    def __init__(self, batch: Path, known: Known, *, whole: bool = True) -> None:
        """
        Args:
            whole: the reports to come are all that the batch has.

        Raises:
            MarksError, OverridesError: what people wrote cannot be used.
        """
        self.summary, self.gradebook, self.mistakes = ClassSummary(), Gradebook(), MistakesBook()
        self.page = ClassPage()
        self._known, self._whole = known, whole
        self._rulings = read_rulings(batch, known)
        #: For the sheet of marks: whose, and the answers.
        self.answers: list[Report] = []
        self._questions: dict[tuple[tuple[str, str], ...], tuple[QuestionResult, ...]] = {}
        self._short: dict[str, list[str]] = {}

    def add(self, found: Report) -> Report:
        """The report as it counts.

        Raises:
            OverridesError: an override does not fit it.
        """
        rubric = self._known.rubric
        if rubric is not None:
            if questions := unmade(found, rubric):
                self._short[found.submission.id] = questions
            found = rescored(found, rubric)
        report = self._rulings.applied(found)
        for table in (self.summary, self.gradebook, self.mistakes, self.page):
            table.add(report)
        self.answers.append(self._bare(report))
        return report

    def _bare(self, report: Report) -> Report:
        """Whose it is, its questions by name, and the answers."""
        titles = tuple((question.id, question.title) for question in report.questions)
        if titles not in self._questions:
            self._questions[titles] = tuple(QuestionResult(id, title, 0, 0, ()) for id, title in titles)
        questions = self._questions[titles]
        return Report(
            submission=report.submission, score=0, max_score=0, questions=questions, manual=report.manual
        )

    @property
    def rubric(self) -> Rubric | None:
        """What they are scored by; None where an earlier grader kept none."""
        return self._known.rubric

    @property
    def is_class(self) -> bool:
        """Whether they are those of a batch, not of one submission."""
        return self._whole

    @property
    def has_answers(self) -> bool:
        """Whether there is something to mark by hand."""
        return any(report.manual for report in self.answers)

    @property
    def missing(self) -> list[str]:
        """Who handed in nothing."""
        present = {report.submission.id for report in self.answers}
        return [name for name in self._known.missing if name not in present] if self._whole else []

    def gradebook_csv(self) -> str:
        return self.gradebook.text(self.missing)

    def html(self, folder: Path) -> str:
        """The instructor's page, to lie in that folder of results."""
        return self.page.html(self.missing, lambda student: (folder / student / PAGE).is_file())

    def unused(self) -> list[str]:
        """Sentences about what people wrote that belongs to nobody, and what the rubric asks in vain."""
        told = self._rulings.unused(self.answers) if self._whole else []
        if self._short:
            names = dict.fromkeys(name for questions in self._short.values() for name in questions)
            of = plural(len(self._short), "submission")
            told.append(f"{', '.join(names)}: the rubric asks checks that were not made of {of}; grade again")
        return told

    def write(self, output: Path) -> None:
        """Write the tables of the class.

        Raises:
            OSError: one of them cannot be written.
        """
        write_sheet(self.answers, output)
        tables = {"gradebook.csv": self.gradebook_csv(), "mistakes.csv": self.mistakes.text()}
        for name, text in tables.items():
            # With the mark that makes spreadsheets read it as UTF-8.
            write_aside(output / name, text.encode("utf-8-sig"))
        write_aside(output / INDEX, self.html(output).encode())
        page = io.StringIO()
        Console(file=page, width=100, force_jupyter=False).print(self.summary.in_full())
        write_aside(output / "class.txt", page.getvalue().encode())


def publish(output: Path, faulty: Mapping[str, Report], job: Job) -> Results:
    """Make the tables of the class of all that is stored, and of `faulty` reports, which may not be.

    The authors' pages follow what people decided since they were written.

    A report that cannot be read is a fault.

    Raises:
        MarksError, OverridesError: what people wrote cannot be used.
        OutputError: the files cannot be written.
    """
    results = Results(output, read_known(output))
    try:
        for report in _with_faults(stored_folders(output), faulty, job):
            follow_rulings(results.add(report), results.rubric, output / report.submission.id)
        results.write(output)
    except OSError as error:
        raise OutputError(f"{error.filename} cannot be written ({error.strerror})") from None
    return results


def _with_faults(folders: Iterable[Path], faulty: Mapping[str, Report], job: Job) -> Iterator[Report]:
    for folder in folders:
        if folder.name not in faulty:
            try:
                yield read_report(folder)
            except (OutputError, msgspec.DecodeError) as error:
                yield fault_report(folder.name, job, str(error), {})
    yield from faulty.values()


def stored_results(directory: Path, rubric: Rubric | None = None) -> tuple[Results, Iterator[Report]]:
    """The results of a batch, or of one submission's folder, and the reports that fill them, by name.

    Args:
        rubric: to score them by; the one that they were graded by when None.

    Raises:
        FileNotFoundError: the directory holds none.
        MarksError, OverridesError: what people wrote cannot be used.
        OutputError, msgspec.DecodeError: one of them cannot be read, or is not a report; the text names it.
    """
    folders, batch = stored_folders(directory), directory
    if not folders and (directory / REPORT_FILE).is_file():
        # What people write lies beside the submissions' folders.
        folders, batch = [directory], directory.resolve().parent
    if not folders:
        raise FileNotFoundError(
            f"{directory} holds no {REPORT_FILE}; grade something with -o {directory} first"
        )
    known = read_known(batch)
    if rubric is not None:
        known = msgspec.structs.replace(known, rubric=rubric)
    results = Results(batch, known, whole=batch == directory)
    return results, (results.add(read_report(folder)) for folder in folders)
