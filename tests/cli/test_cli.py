"""The commands as people use them, on real files."""

import csv
import json
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from command_line import LINEAR, ROOT, SAMPLES, checked, grader, refused, run_here, started

from grader.cli import commands as cli
from grader.sandbox.host import SandboxError


def verdicts(report: dict) -> dict[str, str]:
    return {c["id"]: c["verdict"] for q in report["questions"] for c in q["checks"]}


@pytest.mark.parametrize("edition", ["2015", "2025"])
def test_a_correct_submission_gets_full_marks(edition: str) -> None:
    result = started("check", SAMPLES / "correct" / edition, *LINEAR, "--format", "json")
    report = json.loads(result.stdout)
    assert result.returncode == 0, result.stdout
    assert report["submission"]["edition"] == edition
    assert report["score"] == report["max_score"] > 0
    assert report["diagnoses"] == []


def test_a_mistake_is_named_charged_once_and_located() -> None:
    report = checked(SAMPLES / "mistakes" / "forgot-regularization-gradient--svm", *LINEAR)
    (found,) = report["diagnoses"]
    assert found["mistake"] == "forgot-regularization-gradient"
    assert found["roles"] == ["svm.naive", "svm.vectorized"]
    assert found["where"]["file"].endswith("linear_svm.py")
    svm = next(q for q in report["questions"] if q["id"] == "svm")
    paid = [c for c in svm["checks"] if c["verdict"] == "failed" and c["follows_from"] is None]
    echoes = [c for c in svm["checks"] if c["follows_from"] is not None]
    assert len(paid) == 1
    assert echoes
    assert all(c["score"] == c["max_score"] and c["verdict"] == "failed" for c in echoes)
    assert svm["score"] == pytest.approx(sum(c["score"] for c in svm["checks"]))


def test_the_starter_code_is_missing_never_wrong() -> None:
    result = grader("check", SAMPLES / "unfinished" / "starter-stub-2019", *LINEAR, "--format", "json")
    report = json.loads(result.stdout)
    assert result.returncode == 1
    assert "failed" not in verdicts(report).values()
    assert "error" not in verdicts(report).values()
    assert report["diagnoses"] == []


def test_the_terminal_report_fits_80_columns_and_has_no_colour_in_a_pipe() -> None:
    result = grader("check", SAMPLES / "mistakes" / "forgot-regularization-gradient--svm", *LINEAR)
    assert result.returncode == 1
    assert "\x1b" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "forgot-regularization-gradient" in result.stdout


def test_the_page_says_what_to_do_and_v_lists_every_check(tmp_path: Path) -> None:
    alan = SAMPLES / "demo" / "alan"
    page = grader("check", alan, "--no-train", "--execute", "never").stdout.splitlines()
    assert page[0] == "CS231n Assignment 1 · alan · 79.5 of 82 points · 1 mistake to fix"
    assert len(page) <= 30
    assert "     ▸ 77 │ dW /= num_train" in page
    remedy = "Add it after dW was divided by the number of examples."
    assert remedy in " ".join(" ".join(page).split())
    assert remedy in " ".join(grader("explain", "forgot-regularization-gradient").stdout.split())
    grader("grade", alan, "-o", tmp_path, "--seed", 231, "--no-train", "--execute", "never", "--jobs", "1")
    assert (tmp_path / "alan" / "report.txt").read_text().splitlines() == page
    assert grader("report", tmp_path).stdout.splitlines() == page
    every = grader("report", tmp_path / "alan", "-v").stdout
    assert every == grader("check", alan, "--no-train", "--execute", "never", "-v").stdout
    assert "sandbox: " in every
    assert every.count("  ✓ ") == 62


def test_equal_input_gives_an_equal_report() -> None:
    path = SAMPLES / "mistakes" / "forgot-regularization-gradient--svm"
    # Of two interpreters, which order their sets in other ways.
    args = ("check", path, *LINEAR, "--format", "json")
    once, twice = (json.loads(started(*args).stdout) for _ in range(2))
    for report in (once, twice):
        del report["duration_s"], report["environment"]
    assert once == twice


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "nested"])
def test_an_archive_or_a_nested_folder_gets_the_verdicts_of_the_folder(tmp_path: Path, kind: str) -> None:
    folder = SAMPLES / "correct" / "2019" / "cs231n"
    files = list(folder.rglob("*.py"))
    target = tmp_path / f"ada.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(target, "w") as archive:
            for file in files:
                archive.write(file, f"assignment1/cs231n/{file.relative_to(folder)}")
    elif kind == "tar.gz":
        with tarfile.open(target, "w:gz") as archive:
            for file in files:
                archive.add(file, f"hw/assignment1/cs231n/{file.relative_to(folder)}")
    else:
        for file in files:
            copy = target / "work" / "assignment1" / "cs231n" / file.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    report = checked(target, *LINEAR)
    assert report["submission"]["id"] == ("ada.nested" if kind == "nested" else "ada")
    assert set(verdicts(report).values()) == {"passed", "skipped"}  # skipped: training, notebooks


def unusable(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "empty").mkdir()
    other = tmp_path / "other"
    other.mkdir()
    (other / "essay.txt").write_text("no code here")
    truncated = tmp_path / "truncated.zip"
    with zipfile.ZipFile(truncated, "w") as archive:
        archive.writestr("cs231n/classifiers/softmax.py", "x = 1\n" * 1000)
    truncated.write_bytes(truncated.read_bytes()[:60])
    binary = tmp_path / "svm.ipynb"
    binary.write_bytes(bytes(range(256)) * 20)
    return {
        "missing": tmp_path / "nowhere",
        "empty": tmp_path / "empty",
        "other": other,
        "truncated": truncated,
        "binary": binary,
    }


@pytest.mark.parametrize("case", ["missing", "empty", "other", "truncated", "binary"])
def test_what_cannot_be_graded_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    assert "Traceback" not in refused(run_here(capsys, "check", unusable(tmp_path)[case]))


def test_a_batch_reports_every_entry_and_goes_on_after_an_unreadable_one(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = started("grade", SAMPLES / "demo", "-o", out, "--jobs", "2", *LINEAR)
    assert result.returncode == 0, result.stderr
    with (out / "gradebook.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = {row["submission"]: row for row in csv.DictReader(file)}
    assert set(rows) == {path.name for path in (SAMPLES / "demo").iterdir() if path.is_dir()}
    assert rows["margaret"]["status"] == "refused"
    for name in rows:
        report = json.loads((out / name / "report.json").read_text())
        assert report["schema"] == "grader.report/1"
        assert (out / name / "report.txt").read_text()
    again = started("report", out, "--format", "csv")
    assert again.stdout.splitlines() == (out / "gradebook.csv").read_text("utf-8-sig").splitlines()


def test_an_unchanged_submission_is_not_graded_twice(tmp_path: Path) -> None:
    out = tmp_path / "out"
    args = ("grade", SAMPLES / "correct" / "2019", "-o", out, "--jobs", "1", *LINEAR)
    assert grader(*args).returncode == 0
    report = out / "2019" / "report.json"
    marked = report.read_text().replace('"duration_s": ', '"duration_s": 9')
    report.write_text(marked)
    assert grader(*args).returncode == 0
    assert report.read_text() == marked
    assert grader(*args, "--fresh").returncode == 0
    assert report.read_text() != marked


def test_the_course_files_decide_nothing_of_the_students(tmp_path: Path) -> None:
    course = tmp_path / "course" / "cs231n"
    (course / "classifiers").mkdir(parents=True)
    (course / "gradient_check.py").write_text("def eval_numerical_gradient(*args):\n    return 0\n")
    (course / "classifiers" / "linear_svm.py").write_text("def svm_loss_naive(W, X, y, reg):\n    pass\n")
    report = checked(SAMPLES / "correct" / "2019", "--course-files", tmp_path / "course", *LINEAR)
    assert set(verdicts(report).values()) == {"passed", "skipped"}  # skipped: training, notebooks


@pytest.mark.parametrize(
    "args",
    [
        ("--question", "knitting"),
        ("--rubric", "nonsense"),
        ("--edition", "1999"),
        ("--format", "papyrus"),
        ("--sandbox", "sandcastle"),
        ("--course-files", "nowhere"),
    ],
)
def test_wrong_usage_is_told_in_one_sentence(
    capsys: pytest.CaptureFixture[str], args: tuple[str, str]
) -> None:
    assert "Traceback" not in refused(run_here(capsys, "check", SAMPLES / "correct" / "2019", *args))


def test_inspect_runs_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "cs231n" / "classifiers"
    folder.mkdir(parents=True)
    code = f"open({str(tmp_path / 'ran')!r}, 'w')\n\ndef svm_loss_naive(W, X, y, reg):\n    return 0\n"
    (folder / "linear_svm.py").write_text(code)
    result = started("inspect", tmp_path)
    assert result.returncode == 0
    assert "linear_svm.py:3" in result.stdout
    assert not (tmp_path / "ran").exists()


def test_explain_tells_one_mistake_and_suggests_for_a_typo() -> None:
    page = started("explain", "gradient-not-divided-by-n")
    assert page.returncode == 0
    assert "number of examples" in " ".join(page.stdout.split())
    assert "expected" in page.stdout.partition("an example")[2]
    typo = grader("explain", "gradient-not-divided-by-m")
    assert typo.returncode == 2
    assert "gradient-not-divided-by-n" in typo.stderr


def test_annotations_name_the_file_from_the_repositorys_root(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    path = "submissions/mistakes/forgot-regularization-gradient--svm"
    result = grader("check", path, *LINEAR, "--format", "github", cwd=ROOT, GITHUB_STEP_SUMMARY=str(summary))
    assert result.returncode == 1
    assert f"::error file={path}/cs231n/classifiers/linear_svm.py,line=" in result.stdout
    assert "forgot-regularization-gradient" in summary.read_text().replace("\\", "")


@pytest.mark.parametrize("seed", ["-1", "9007199254740992", "seven"])
def test_a_seed_that_numpy_does_not_take_is_refused(capsys: pytest.CaptureFixture[str], seed: str) -> None:
    result = run_here(capsys, "check", SAMPLES / "correct" / "2019", f"--seed={seed}")
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("output", ["file", "file/inside", "in", "/proc/nothing"])
def test_results_go_to_a_folder_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], output: str
) -> None:
    (tmp_path / "in" / "ada").mkdir(parents=True)
    (tmp_path / "file").write_text("notes")
    monkeypatch.chdir(tmp_path)
    assert refused(run_here(capsys, "grade", "in", "-o", output)).startswith(f"-o {output} ")


def test_a_batch_is_graded_again_with_its_results_inside(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "essay.txt").write_text("no code here")
    for _ in range(2):
        result = grader("grade", ".", "-o", "out", "--no-train", "--jobs", "1", cwd=tmp_path)
        assert result.returncode == 0, result.stderr
    assert [path.parent.name for path in (tmp_path / "out").glob("*/report.json")] == ["ada"]


@pytest.mark.parametrize("error", [SandboxError("the wall fell"), ZeroDivisionError("ours")])
def test_a_failure_of_ours_is_one_sentence_and_status_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("grader.cli.check.grade_entry", fails)
    path = SAMPLES / "correct" / "2019"
    monkeypatch.setattr(sys, "argv", ["grader", "check", str(path), "--no-train", *LINEAR])
    with pytest.raises(SystemExit) as left:
        cli.main()
    told = capsys.readouterr().err.strip().splitlines()
    assert left.value.code == 3
    assert len(told) == 1
    assert str(error) in told[0]


def test_what_a_file_that_cannot_be_imported_stops_is_no_missing_work(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "correct" / "2019" / "cs231n", tmp_path / "cs231n")
    module = tmp_path / "cs231n/classifiers/softmax.py"
    module.write_text(module.read_text().replace("X.shape[0]", "X.shape[0", 1))
    page = grader("check", tmp_path, "--question", "softmax", "--no-train").stdout
    assert "1 mistake to fix" in page
    assert "next  fix 1, then" in page
