"""Batches: what is graded again, and that one failure costs no other report."""

import contextlib
import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

import grader
from grader.assignment1 import ASSIGNMENT
from grader.assignment1.editions import EDITIONS
from grader.batch import judge as judge_module
from grader.batch.grading import grade_batch
from grader.batch.plan import Batch, SandboxChoice
from grader.batch.store import read_report, stored_folders, write_report
from grader.checking.check import Setting
from grader.grade import Job, describe_environment, grade_entry, grade_student
from grader.intake.editions import Edition
from grader.intake.submission import Entry
from grader.result import Report, SubmissionInfo, Verdict
from grader.sandbox.host import Limits
from grader.scoring import rubric
from grader.student.in_process import InProcess

RUBRIC = rubric.load("assignment1", ASSIGNMENT)
WALL: Any = SimpleNamespace(description="a wall", limits=Limits())


def key(job: Job, wall: Any = WALL) -> str:
    found: str = describe_environment(job, wall)["job_key"]
    return found


def course(folder: Path, text: str) -> Path:
    (folder / "cs231n").mkdir(parents=True, exist_ok=True)
    (folder / "cs231n" / "gradient_check.py").write_text(text)
    return folder


def job_of(*args: Any, rubric: Any = RUBRIC, **options: Any) -> Job:
    return Job(ASSIGNMENT, rubric, *args, **options)


def renamed_edition() -> Edition:
    """An edition of the same name with other contents."""
    return msgspec.structs.replace(EDITIONS.load("2019"), weights="CxD")


OTHERS: dict[str, Job] = {
    "edition": job_of(EDITIONS.load("2019")),
    "edition's content": job_of(renamed_edition()),
    "notes": job_of(rubric=msgspec.structs.replace(RUBRIC, notes=())),
    "checks": job_of(rubric=msgspec.structs.replace(RUBRIC, question=RUBRIC.question[1:])),
    "seed": job_of(setting=Setting(seed=1)),
    "execute": job_of(setting=Setting(options={"execute": "full"})),
    "python": job_of(python=Path("/usr/bin/another-python")),
}


def test_whatever_changes_the_outcome_changes_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {name: key(job) for name, job in OTHERS.items()}
    keys["plain"] = key(job_of())
    keys["timeout"] = key(job_of(), SimpleNamespace(description="a wall", limits=Limits(call_s=3)))
    keys["memory"] = key(job_of(), SimpleNamespace(description="a wall", limits=Limits(memory_mb=99)))
    keys["wall"] = key(job_of(), SimpleNamespace(description="another", limits=Limits()))
    keys["course"] = key(job_of(course_files=course(tmp_path, "a = 1")))
    keys["course's content"] = key(job_of(course_files=course(tmp_path, "a = 2")))
    monkeypatch.setattr(grader, "__version__", "99")
    keys["version"] = key(job_of())
    assert len(set(keys.values())) == len(keys)


def test_points_and_what_is_asked_for_do_not(tmp_path: Path) -> None:
    plain = job_of()
    dearer = msgspec.structs.replace(RUBRIC, policy="charge-checks", deductions={"squared-distances": 3.0})
    for other in (dataclasses.replace(plain, rubric=dearer), dataclasses.replace(plain, questions=("svm",))):
        assert key(other) == key(plain)


def test_the_same_job_has_the_same_key(tmp_path: Path) -> None:
    for job in OTHERS.values():
        assert key(job) == key(dataclasses.replace(job))
    here, there = course(tmp_path / "a", "x = 1"), course(tmp_path / "b", "x = 1")
    assert key(job_of(course_files=here)) == key(job_of(course_files=there))


# --- grade_batch


class NoSandbox(SandboxChoice):
    """Builds nothing."""

    def build(self) -> Any:
        return contextlib.nullcontext(WALL)


def graded(entry: Entry, score: float, environment: dict[str, Any]) -> Report:
    info = SubmissionInfo(entry.id, ".", None, "0" * 64)
    return Report(submission=info, score=score, max_score=9, questions=(), environment=environment)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Batch:
    """A batch of three whose grading is a stub: it reuses what is stored, and cannot grade `eve`."""

    def grade(entry: Entry, job: Job, sandbox: Any, stored: Report | None = None, **_: Any) -> Report:
        if entry.id == "eve":
            raise RuntimeError("no such luck")
        key = describe_environment(job, sandbox)["job_key"]
        if stored is not None and stored.environment.get("job_key") == key:
            return stored
        grade.calls += 1  # type: ignore[attr-defined]
        return graded(entry, grade.calls, describe_environment(job, sandbox))  # type: ignore[attr-defined]

    grade.calls = 0  # type: ignore[attr-defined]
    monkeypatch.setattr(judge_module, "grade_entry", grade)
    entries = [Entry(name, tmp_path / name) for name in ("ada", "bob", "eve")]
    return Batch(entries, job_of(), NoSandbox(), tmp_path / "out")


class Silent:
    """Tells nobody."""

    def begun(self, entry: Entry) -> None: ...

    def at(self, entry: Entry, title: str) -> None: ...

    def done(self, entry: Entry, report: Report) -> None: ...


def scores(batch: Batch) -> list[float]:
    return [report.score for report in reports(batch)]


def reports(batch: Batch) -> list[Report]:
    """What is stored once the batch is graded."""
    faulty = grade_batch(batch, Silent()).faulty
    return [faulty.get(path.name) or read_report(path) for path in stored_folders(batch.output)]


def test_reports_are_reused_until_the_job_changes(made: Batch) -> None:
    assert scores(made) == [1, 2, 0]
    assert scores(made) == [1, 2, 0]
    other = dataclasses.replace(made, job=OTHERS["seed"])
    assert scores(other) == [3, 4, 0]
    assert scores(dataclasses.replace(other, resume=False)) == [5, 6, 0]


def test_a_refused_submission_is_not_written_again(made: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    made.entries[0].path.write_bytes(b"no submission")
    batch = dataclasses.replace(made, entries=made.entries[:1])
    (first,) = reports(batch)
    assert first.refused
    slower = msgspec.structs.replace(first, duration_s=5.0)
    write_report(slower, {}, batch.output / "ada")
    assert reports(batch) == [slower]


def test_a_failure_on_one_is_its_report(made: Batch) -> None:
    *_, eve = reports(made)
    assert eve.faults == ("RuntimeError: no such luck",)
    assert eve.environment["job_key"] == key(made.job)


class NoWall(SandboxChoice):
    """Cannot be built where the submissions are graded."""

    def build(self) -> Any:
        raise RuntimeError("the wall fell")


def test_a_wall_that_cannot_be_built_is_told_without_a_traceback(
    made: Batch, capfd: pytest.CaptureFixture[str]
) -> None:
    found = reports(dataclasses.replace(made, sandbox=NoWall(), jobs=2))
    assert {report.faults for report in found} == {("RuntimeError: the wall fell",)}
    assert capfd.readouterr().err == ""


def test_a_display_that_fails_loses_no_report(made: Batch) -> None:
    class Gone(Silent):
        def done(self, entry: Entry, report: Report) -> None:
            raise OSError("the terminal is gone")

    assert grade_batch(made, Gone()).done == 3
    assert (made.output / "bob" / "report.json").is_file()
    assert (made.output / "gradebook.csv").is_file()


# --- one submission


def test_a_refused_submission_is_measured_by_the_questions_asked(tmp_path: Path) -> None:
    job = job_of(EDITIONS.load("2019"), ("svm", "softmax"))
    (tmp_path / "essay.txt").write_text("no code here")
    report = grade_entry(Entry("ada", tmp_path), job, WALL)
    assert report.refused is not None
    assert report.max_score == 45


def test_an_explanation_that_fails_leaves_what_the_checks_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise ZeroDivisionError("ours")

    def no_display(title: str) -> None:
        raise OSError("the terminal is gone")

    monkeypatch.setattr("grader.grade.questions.explain_failures", fails)
    edition = EDITIONS.load("2019")
    student = InProcess({}, {})
    student.absent = dict.fromkeys(edition.roles, "it was not found")
    found = grade_student(student, edition, job_of(edition, ("svm",)), {}, no_display)
    assert found.faults == ["svm: the mistakes were not named: ZeroDivisionError: ours"]
    assert {c.verdict for c in found.questions[0].checks} == {Verdict.MISSING, Verdict.SKIPPED}
    assert found.questions[0].score == 0
