"""Grade one submission: find its roles, run the checks, name the mistakes, charge them, report."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

import grader
from grader.assignment import Assignment, Question
from grader.checking.check import Setting
from grader.checking.finding import Finding
from grader.checking.run import Runner
from grader.diagnosis.attribution import WITHOUT_RIGHT_RESULT, Case, merged
from grader.diagnosis.examples.search import with_examples
from grader.diagnosis.explain import Explained, explain_failures
from grader.diagnosis.mending.submission import Mender, MendPlan
from grader.diagnosis.pictures import with_pictures
from grader.intake.editions import Edition
from grader.intake.excerpts import quoting
from grader.intake.landmarks import Landmarks
from grader.intake.notebooks.answers import Inline, inline_questions
from grader.intake.notebooks.saved import saved_notes
from grader.intake.submission import Entry, Submission, SubmissionRefused, open_submission
from grader.intake.work import Work, read_work, refuse_without_roles
from grader.report.feedback import ShownNotebook, write_feedback
from grader.report.relocated import relocated
from grader.result import (
    Diagnosis,
    ManualAnswer,
    Mend,
    QuestionResult,
    Report,
    SubmissionInfo,
    Verdict,
)
from grader.sandbox.bounded import Overrun, bounded
from grader.sandbox.host import Sandbox
from grader.scoring.charging import charge
from grader.scoring.rescoring import facts_of, rescored
from grader.scoring.resume import joined, left_to_run
from grader.scoring.rubric import QuestionRow, Rubric
from grader.scoring.students_view import students_report
from grader.student.calls import Student
from grader.student.notebooks.runs import NotebookHost, NotebookRuns
from grader.student.sandboxed import Sandboxed

__all__ = [
    "Announce",
    "Job",
    "Refused",
    "describe_environment",
    "fault_report",
    "grade_entry",
    "grade_student",
    "open_entry",
    "tuned_marks",
]


Announce = Callable[[str], None]


@dataclass(frozen=True)
class Job:
    """What a run of the grader was asked to do, the same for every submission."""

    assignment: Assignment
    rubric: Rubric
    edition: Edition | None = None
    questions: tuple[str, ...] = ()
    setting: Setting = field(default_factory=Setting)
    course_files: Path | None = None
    # The interpreter that runs submissions; that of the grader when None.
    python: Path | None = None
    # How the smallest change that makes a function right is sought; None seeks none.
    mend: MendPlan | None = None
    # Whether those who are graded must not know the seed.
    secret: bool = False


class Refused(msgspec.Struct, frozen=True):
    """An entry that is no submission, and why."""

    id: str
    path: Path
    reason: str


def open_entry(entry: Entry, landmarks: Landmarks) -> Submission | Refused:
    """What lies at the entry, read within bounds."""
    try:
        return bounded(lambda: open_submission(entry, landmarks))
    except (SubmissionRefused, Overrun) as refusal:
        return Refused(entry.id, entry.path, str(refusal))


def grade_entry(
    entry: Entry | Submission | Refused,
    job: Job,
    sandbox: Sandbox,
    stored: Report | None = None,
    announce: Announce = lambda title: None,
    pages: Path | None = None,
    notebooks: NotebookHost | None = None,
) -> Report:
    """Grade what lies at one entry, or was opened. An unreadable one gets 0 points and the reason.

    `stored` is an earlier report: what it has of this very work, made in the same way, is not run again, and
    questions that are not asked stay as they are in it.
    `announce` hears the title of each check as it begins. `pages` is the folder for the notebooks with our
    findings; None writes none. `notebooks` is where they are run; None runs none.
    """
    start = time.perf_counter()
    environment = describe_environment(job, sandbox)
    editions, layout = job.assignment.editions, job.assignment.layout
    submission = open_entry(entry, editions.landmarks_of(job.edition)) if isinstance(entry, Entry) else entry
    if isinstance(submission, Refused):
        return _refused(submission, job, environment, time.perf_counter() - start)
    try:
        valid = stored if _is_valid(stored, submission, environment) else None
        work = bounded(lambda: read_work(submission, editions, job.edition, job.course_files))
        refuse_without_roles(work)
        if valid is not None and not _left(work.edition, job, valid):
            return rescored(valid, job.rubric)
    except (SubmissionRefused, Overrun) as refusal:
        refused = Refused(entry.id, entry.path, str(refusal))
        return _refused(refused, job, environment, time.perf_counter() - start)
    asked = dataclasses.replace(job, questions=_left(work.edition, job, valid))
    marks = tuned_marks(work.edition, job.rubric)
    with (
        Sandboxed(
            sandbox, layout, work.files, work.sites, work.absent, job.setting.seed, work.supplied
        ) as student,
        NotebookRuns(
            notebooks, work.files, work.notebooks, job.assignment.notebooks, marks, work.supplied
        ) as runs,
    ):
        graded = grade_student(student, work.edition, asked, work.files, announce, runs)
        if job.mend is not None:
            _mend(graded, student, work, job, job.mend)
        saved = _saved_notes(work, asked)
        notes, differing = (*work.notes, *student.notes, *runs.notes, *saved), tuple(runs.discrepancies)
    info = _info(entry.id, work.edition, submission.root, submission.sha256)
    report = graded.report(info, notes, environment, time.perf_counter() - start)
    answers = inline_questions(work.notebooks, work.edition)
    manual = tuple(_to_mark(answers, asked))
    report = msgspec.structs.replace(
        report, manual=manual, to_do=tuple(saved), limits=tuple(student.limits), discrepancies=differing
    )
    quoted = quoting(work.files)
    report = relocated(report, lambda where: work.cells.place(quoted(where)), work.cells.text)
    if pages is not None:
        report = _with_feedback(report, _shown_notebooks(work, answers, runs), pages, job.rubric)
    if stored is not None and (valid is not None or job.questions):
        return rescored(joined(stored, report), job.rubric)
    return report


def _with_feedback(report: Report, notebooks: Sequence[ShownNotebook], pages: Path, rubric: Rubric) -> Report:
    shown = students_report(report, rubric)
    try:
        faults = bounded(lambda: write_feedback(shown, notebooks, pages))
        return msgspec.structs.replace(report, faults=(*report.faults, *faults))
    except Overrun as overrun:
        note = f"the notebooks are not shown with the findings: {overrun}"
        return msgspec.structs.replace(report, notes=(*report.notes, note))


def _is_valid(stored: Report | None, submission: Submission, environment: Mapping[str, Any]) -> bool:
    """Whether the stored report is one of this very work, made in the same way, and whole."""
    if stored is None or stored.faults or stored.submission.sha256 != submission.sha256:
        return False
    key: str = environment["job_key"]
    return stored.environment.get("job_key") == key


def _left(edition: Edition, job: Job, stored: Report | None) -> tuple[str, ...]:
    """The questions that are asked and of which the stored report does not have every check."""
    return tuple(row.id for row in left_to_run(_wanted(job, edition), stored))


def _mend(graded: Graded, student: Sandboxed, work: Work, job: Job, plan: MendPlan) -> None:
    """Add what mends tell of the failures without a name or a line; verdicts and points stay as they are."""

    def run(mended: Sandboxed, ids: Sequence[str], seed: int) -> dict[str, Verdict]:
        setting = dataclasses.replace(_setting(job), seed=seed, training=None)
        runner = Runner(job.assignment.checks, job.assignment.proxy, mended, setting)
        return {finding.result.id: finding.result.verdict for finding in runner.run(ids)}

    mender = Mender(student, work.files, job.assignment.operators, plan, run, work.cells.place)
    for i, question in enumerate(graded.questions):
        ways = job.assignment.question(question.id).mend
        try:
            graded.questions[i], graded.diagnoses = mender.question(question, graded.diagnoses, ways)
        except Exception as error:  # noqa: BLE001 - what was found before stands without it
            graded.faults.append(f"{question.id}: no change was sought: {type(error).__name__}: {error}")
    graded.mends = mender.mends


def _setting(job: Job) -> Setting:
    """What every check may ask for."""
    notes, thresholds = frozenset(job.rubric.notes), job.rubric.validation_accuracies
    return dataclasses.replace(job.setting, notes=notes, thresholds=thresholds)


def _saved_notes(work: Work, job: Job) -> list[str]:
    """How the notebooks of the graded questions were saved."""
    graded = {its.path: its for question, its in work.notebooks.items() if _is_asked(question, job)}
    return saved_notes(graded.values())


def _is_asked(question: str, job: Job) -> bool:
    return not job.questions or question in job.questions


def _to_mark(answers: Sequence[Inline], job: Job) -> Iterator[ManualAnswer]:
    """The free-text answers that a person will mark."""
    for item in answers:
        if _is_asked(item.question, job):
            yield ManualAnswer(question=item.question, prompt=item.prompt, answer=item.answer)


def _shown_notebooks(work: Work, answers: Sequence[Inline], runs: NotebookRuns) -> list[ShownNotebook]:
    """What the feedback pages show of each notebook that can be read."""
    called = {
        role: tuple(name for name in (site.method, site.name) if name not in (None, "__init__"))
        for role, site in work.edition.roles.items()
    }
    return [
        ShownNotebook(
            path=path,
            questions=frozenset(question for question, its in work.notebooks.items() if its is notebook),
            cells=notebook.cells,
            called=called,
            answers=[(item.question, item.position) for item in answers if item.path == path],
            pictures={cell.number: cell.pictures for cell in runs.done[path].cells}
            if path in runs.done
            else {},
        )
        for path, notebook in {its.path: its for its in work.notebooks.values()}.items()
        if not notebook.unreadable
    ]


def tuned_marks(edition: Edition, rubric: Rubric) -> dict[str, float]:
    """The accuracy that each tuned model has to reach on real images: the rubric's, else the edition's."""
    return {**edition.accuracies, **rubric.tuned_accuracies}


@dataclass
class Graded:
    """The questions of one student, graded."""

    title: str
    questions: list[QuestionResult] = field(default_factory=list)
    diagnoses: list[Diagnosis] = field(default_factory=list)
    candidates: list[Diagnosis] = field(default_factory=list)
    mends: list[Mend] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    announce: Announce = lambda title: None
    runs: NotebookRuns | None = None
    subjects: dict[str, Any] = field(default_factory=dict)

    def report(
        self, info: SubmissionInfo, notes: Sequence[str], environment: Mapping[str, Any], duration: float
    ) -> Report:
        return Report(
            submission=info,
            score=round(sum(q.score for q in self.questions), 6),
            max_score=round(sum(q.max_score for q in self.questions), 6),
            questions=tuple(self.questions),
            diagnoses=tuple(merged(self.diagnoses)),
            candidates=tuple(merged(self.candidates)),
            mends=tuple(self.mends),
            notes=tuple(dict.fromkeys(notes)),
            faults=tuple(self.faults),
            environment=dict(environment),
            duration_s=round(duration, 3),
            assignment=self.title,
        )


def grade_student(
    student: Student,
    edition: Edition,
    job: Job,
    files: Mapping[str, bytes],
    announce: Announce = lambda title: None,
    runs: NotebookRuns | None = None,
) -> Graded:
    """Run and score every question of the rubric that the edition has."""
    graded = Graded(job.rubric.title, announce=announce, runs=runs)
    setting = dataclasses.replace(job.setting, penalties=edition.penalties)
    job = dataclasses.replace(job, setting=setting)
    for row in _wanted(job, edition):
        _grade_question(row, student, job, files, graded)
    # When all verdicts are known: what is asked for an example or a picture can change none of them.
    graded.questions = [_illustrated(question, job, graded) for question in graded.questions]
    graded.questions = [_in_the_editions_words(question, edition) for question in graded.questions]
    return graded


def _illustrated(question: QuestionResult, job: Job, graded: Graded) -> QuestionResult:
    """The question with a small problem at each failed check, where one is found, and with pictures."""
    asked, subject = job.assignment.question(question.id), graded.subjects[question.id]
    try:
        question = with_examples(question, asked.examples, subject, _setting(job))
        return with_pictures(question, asked.pictures, subject, _setting(job))
    except Exception as error:  # noqa: BLE001 - what was found before stands without it
        graded.faults.append(f"{question.id}: no example was sought: {type(error).__name__}: {error}")
        return question


def _in_the_editions_words(question: QuestionResult, edition: Edition) -> QuestionResult:
    """The question with its number, and every check with the name of its function."""
    names = {role: site.name for role, site in edition.roles.items()}
    names |= {
        role: site.method for role, site in edition.roles.items() if site.method not in (None, "__init__")
    }
    checks = tuple(
        msgspec.structs.replace(check, function=names.get(check.role, "")) for check in question.checks
    )
    number = list(edition.questions).index(question.id) + 1
    return msgspec.structs.replace(question, checks=checks, number=number)


def _wanted(job: Job, edition: Edition) -> list[QuestionRow]:
    rows = job.rubric.questions(edition.names, edition.questions)
    return [row for row in rows if not job.questions or row.id in job.questions]


def _grade_question(
    row: QuestionRow, student: Student, job: Job, files: Mapping[str, bytes], graded: Graded
) -> None:
    assignment, question = job.assignment, job.assignment.question(row.id)

    def proxy(student: Student, question: str) -> Any:
        return assignment.proxy(student, question, graded.runs)

    runner = Runner(assignment.checks, proxy, student, _setting(job), graded.announce)
    findings = runner.run(f"{row.id}.{check.id}" for check in row.checks)
    try:
        explained = explain_failures(_case(question, findings, runner, job, files, graded), question.explain)
    except Exception as error:  # noqa: BLE001 - what the checks found stands without an explanation
        runner.faults.append(f"{row.id}: the mistakes were not named: {type(error).__name__}: {error}")
        explained = Explained(findings)
    graded.faults += runner.faults
    graded.subjects[row.id] = runner.subject(row.id)
    charged = charge(row, explained.findings, job.rubric)
    graded.questions.append(charged.question)
    graded.diagnoses += _with_costs(explained, charged.costs)
    graded.candidates += explained.candidates


def _case(
    question: Question,
    findings: Sequence[Finding],
    runner: Runner,
    job: Job,
    files: Mapping[str, bytes],
    graded: Graded,
) -> Case:
    """What explainers may look at. The question's context is run where something failed."""

    def source(file: str) -> str | None:
        return files[file].decode("utf-8", "replace") if file in files else None

    sites, failed = runner.student.sites, any(one.result.verdict in WITHOUT_RIGHT_RESULT for one in findings)
    context = [check.id for check in question.context if check.role in sites] if failed else []
    return Case(
        question=question.id,
        findings=tuple(findings),
        student=runner.student,
        catalogue=job.assignment.catalogue,
        subject=runner.subject(question.id),
        source=source,
        locate=job.assignment.locate,
        returns=question.returns,
        modules=job.assignment.modules,
        penalties=runner.setting.penalties,
        context=tuple(finding.result for finding in runner.run(context)),
        earlier=tuple(graded.questions),
    )


def _with_costs(explained: Explained, costs: Mapping[str, float]) -> list[Diagnosis]:
    """Each diagnosis with the points that it cost in this question."""
    return [
        msgspec.structs.replace(diagnosis, points=round(costs.get(diagnosis.mistake, 0.0), 6))
        for diagnosis in explained.diagnoses
    ]


def describe_environment(job: Job, sandbox: Sandbox) -> dict[str, Any]:
    """What a report was made with."""
    return {
        "grader": grader.__version__,
        "assignment": job.assignment.name,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "sandbox": sandbox.description,
        "data": job.setting.training.description if job.setting.training else "none, nothing was trained",
        **facts_of(job.rubric),
        "secret_seed" if job.secret else "seed": job.setting.seed,
        **job.setting.options,
        "job_key": _job_key(job, sandbox),
    }


def _job_key(job: Job, sandbox: Sandbox) -> str:
    """A hash of all that can change what is found, beside the submission."""
    training = job.setting.training
    parts = [
        (grader.__version__, platform.python_version(), np.__version__),
        (job.assignment.name, _run_by(job.rubric), job.edition, job.setting, job.mend),
        _course_digest(job.course_files) if job.course_files is not None else None,
        (sandbox.description, sandbox.limits, (job.python or Path(sys.executable)).absolute()),
        training.key if training is not None else None,
    ]
    encoded = msgspec.json.encode(parts, enc_hook=str, order="deterministic")
    return hashlib.sha256(encoded).hexdigest()


def _run_by(rubric: Rubric) -> list[object]:
    """What of the rubric decides what is found or shown. Its points do not, see `rescored`."""
    rows = [(row.id, row.editions, row.visibilities) for row in rubric.question]
    return [rows, rubric.notes, rubric.thresholds]


def _course_digest(folder: Path) -> str:
    """A hash of the modules in the course's folder."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        with contextlib.suppress(OSError):  # what cannot be read is said where it is laid over
            data = file.read_bytes()
            digest.update(b"%s\0%d\0" % (os.fsencode(file.relative_to(folder)), len(data)) + data)
    return digest.hexdigest()


def _info(name: str, edition: Edition | None, root: str = ".", sha256: str | None = None) -> SubmissionInfo:
    known, builds_on = (edition.name, edition.builds_on) if edition is not None else (None, ())
    return SubmissionInfo(name, root, known, sha256, builds_on)


def _refused(refused: Refused, job: Job, environment: Mapping[str, Any], duration: float) -> Report:
    edition = job.edition
    rows = _wanted(job, edition) if edition else []
    return Report(
        submission=_info(refused.id, edition),
        score=0.0,
        max_score=sum(check.points for row in rows for check in row.checks),
        questions=(),
        refused=refused.reason,
        environment=dict(environment),
        duration_s=round(duration, 3),
        assignment=job.rubric.title,
    )


def fault_report(name: str, job: Job, fault: str, environment: Mapping[str, Any]) -> Report:
    """The report of the submission `name`, on which the harness itself failed: nothing is charged."""
    return Report(
        submission=SubmissionInfo(name, ".", None, None),
        score=0.0,
        max_score=0.0,
        questions=(),
        faults=(fault,),
        environment=dict(environment),
        assignment=job.rubric.title,
    )
