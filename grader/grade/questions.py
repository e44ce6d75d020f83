"""The questions of one submission: run the checks, name the mistakes, charge them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from grader.assignment import Question
from grader.checking.finding import Finding
from grader.checking.run import Runner
from grader.diagnosis.attribution import WITHOUT_RIGHT_RESULT, Case, merged
from grader.diagnosis.examples.search import with_examples
from grader.diagnosis.explain import Explained, explain_failures
from grader.diagnosis.mending.submission import Mender, MendPlan
from grader.diagnosis.pictures import with_pictures
from grader.grade.job import Announce, Job, setting_of, wanted
from grader.intake.editions import Edition
from grader.intake.work import Work
from grader.result import Diagnosis, Mend, QuestionResult, Report, SubmissionInfo, Verdict
from grader.scoring.charging import charge
from grader.scoring.rubric import QuestionRow
from grader.student.calls import Student
from grader.student.notebooks.runs import NotebookRuns
from grader.student.sandboxed import Sandboxed

__all__ = ["Graded", "grade_student", "seek_mends"]


@dataclass
class Graded:
    """The questions of one student, graded. `title` is the assignment's."""

    title: str
    questions: list[QuestionResult] = field(default_factory=list)
    diagnoses: list[Diagnosis] = field(default_factory=list)
    candidates: list[Diagnosis] = field(default_factory=list)
    mends: list[Mend] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    announce: Announce = lambda title: None
    runs: NotebookRuns | None = None
    subjects: dict[str, Any] = field(default_factory=dict)

    def report(self, info: SubmissionInfo, notes: Iterable[str]) -> Report:
        """What was found, without what it was made with."""
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
    for row in wanted(job, edition):
        _grade_question(row, student, job, files, graded)
    # When all verdicts are known: what is asked for an example or a picture can change none of them.
    graded.questions = [_illustrated(question, job, graded) for question in graded.questions]
    graded.questions = [_in_the_editions_words(question, edition) for question in graded.questions]
    return graded


def _illustrated(question: QuestionResult, job: Job, graded: Graded) -> QuestionResult:
    """The question with a small problem at each failed check, where one is found, and with pictures."""
    asked, subject = job.assignment.question(question.id), graded.subjects[question.id]
    try:
        question = with_examples(question, asked.examples, subject, setting_of(job))
        return with_pictures(question, asked.pictures, subject, setting_of(job))
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


def _grade_question(
    row: QuestionRow, student: Student, job: Job, files: Mapping[str, bytes], graded: Graded
) -> None:
    assignment, question = job.assignment, job.assignment.question(row.id)

    def proxy(student: Student, question: str) -> Any:
        return assignment.proxy(student, question, graded.runs)

    runner = Runner(assignment.checks, proxy, student, setting_of(job), graded.announce)
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


def seek_mends(graded: Graded, student: Sandboxed, work: Work, job: Job, plan: MendPlan) -> None:
    """Add what mends tell of the failures without a name or a line; verdicts and points stay as they are."""

    def run(mended: Sandboxed, ids: Sequence[str], seed: int) -> dict[str, Verdict]:
        setting = dataclasses.replace(setting_of(job), seed=seed, training=None)
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
