"""The autograder for Gradescope, built and run in a throwaway root as Gradescope would."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from command_line import LINEAR, ROOT, SAMPLES, checked, grader, refused, run_here
from gradescope_root import laid_out, run, with_this_grader
from needs import NO_BYTECODE, require_packages

ALAN = SAMPLES / "demo" / "alan"
GROUP = {
    "created_at": "2025-04-24T10:00:00.365935-07:00",
    "assignment": {"due_date": "2025-04-20T23:59:00.000000-07:00", "group_submission": True},
    "users": [
        {
            "name": "Ada L.",
            "email": "ada@example.edu",
            "assignment": {"due_date": "2025-04-22T23:59:00-07:00"},
        },
        {
            "name": "Alan T.",
            "email": "alan@example.edu",
            "assignment": {"due_date": "2025-04-20T23:59:00-07:00"},
        },
    ],
    "previous_submissions": [],
}


def built(folder: Path, *options: str | Path) -> Path:
    archive = folder / "autograder.zip"
    told = grader("gradescope", "build", "-o", archive, *options)
    assert told.returncode == 0, told.stderr
    return archive


def test_the_zip_has_what_gradescope_asks_for_and_the_options_as_given(tmp_path: Path) -> None:
    edition = tmp_path / "ours.toml"
    edition.write_text('extends = "base/theirs.toml"\ntitle = "Ours"\n')
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "theirs.toml").write_text('extends = "2019"\n')
    shutil.copy(ROOT / "rubrics" / "assignment1.toml", tmp_path / "mine.toml")
    given = ["--rubric", tmp_path / "mine.toml", "--edition", edition, "--question", "svm", "--memory", "512"]
    with zipfile.ZipFile(built(tmp_path, *given)) as archive:
        names = {info.filename: info for info in archive.infolist()}
        options = tomllib.loads(archive.read("options.toml").decode())
        assert archive.read("rubric.toml") == (tmp_path / "mine.toml").read_bytes()
    assert {"setup.sh", "run_autograder", "ours.toml", "base/theirs.toml"} <= {*names}
    assert all(names[each].external_attr >> 16 & stat.S_IXUSR for each in ("setup.sh", "run_autograder"))
    assert 0 <= options.pop("seed") < 2**53
    assert options == {
        "rubric": "rubric.toml",
        "edition": "ours.toml",
        "question": ["svm"],
        "memory": 512,
        "timeout": 20.0,
    }


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--data", "/data/cifar"], "--data /data/cifar lies on this machine; use --data synthetic"),
        (
            ["--python", "/usr/bin/python3"],
            "--python names an interpreter of this machine; the place has its own",
        ),
        (["--rubric", "nowhere.toml"], "the rubric nowhere.toml cannot be read: No such file or directory"),
        (["--question", "svn"], "there is no question 'svn'; did you mean "),
    ],
)
def test_what_cannot_go_along_is_refused_when_it_is_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], sentence: str
) -> None:
    told = run_here(capsys, "gradescope", "build", "-o", tmp_path / "a.zip", *options)
    assert refused(told).startswith(sentence)
    assert list(tmp_path.iterdir()) == []


def test_the_score_is_that_of_check_and_every_check_is_a_test(tmp_path: Path) -> None:
    report = checked(ALAN, *LINEAR, "--seed", "7")
    root = with_this_grader(laid_out(tmp_path / "a", built(tmp_path, *LINEAR, "--seed", "7"), ALAN))
    results, printed = run(root)
    checks = [check for question in report["questions"] for check in question["checks"]]
    told = [check for check in checks if check["max_score"] or check["reason"] != "not-run"]
    assert results["score"] == pytest.approx(report["score"])
    assert sum(test["score"] for test in results["tests"]) == pytest.approx(report["score"])
    assert [test["status"] == "passed" for test in results["tests"] if "status" in test] == [
        check["verdict"] == "passed" for check in told if check["verdict"] != "skipped"
    ]
    (mistake,) = [each["mistake"] for each in report["diagnoses"]]
    assert mistake.replace("-", "\\-") in results["output"]
    assert "▸ 77 │ dW /= num_train" in results["output"]
    assert results["execution_time"] > 0
    assert "sandbox: " in printed  # the page with every check, for the instructor


def test_a_group_is_late_by_the_due_date_of_its_last_member(tmp_path: Path) -> None:
    rubric = (ROOT / "rubrics" / "assignment1.toml").read_text("utf-8")
    late = "\n[late]\ndue = 2025-01-01T00:00:00Z\nfree_days = 1\npenalty = 0.25\n"
    (tmp_path / "late.toml").write_text(rubric + late, "utf-8")
    archive = built(tmp_path, *LINEAR, "--rubric", tmp_path / "late.toml")
    submission = SAMPLES / "correct" / "2019"
    results, _ = run(with_this_grader(laid_out(tmp_path / "a", archive, submission, GROUP)))
    most = sum(test["max_score"] for test in results["tests"])
    assert "Ada L\\., Alan T\\." in results["output"]
    assert "2 days late, 1 free" in results["output"]
    assert results["score"] == pytest.approx(0.75 * most)


def test_what_cannot_be_read_is_told_and_has_no_points(tmp_path: Path) -> None:
    (tmp_path / "essay").mkdir()
    (tmp_path / "essay" / "essay.txt").write_text("no code here")
    archive = built(tmp_path, *LINEAR)
    results, _ = run(with_this_grader(laid_out(tmp_path / "a", archive, tmp_path / "essay")))
    assert (results["score"], results["tests"]) == (0, [])
    assert "**Not graded:**" in results["output"]


def test_hidden_checks_are_not_where_a_student_looks(tmp_path: Path) -> None:
    rubric = (ROOT / "rubrics" / "assignment1.toml").read_text("utf-8")
    hide = {"naive.gradient": "hidden", "vectorized.gradient": "after-deadline"}
    for id, when in hide.items():
        lines = [line for line in rubric.splitlines() if f'id = "{id}"' in line]
        for line in lines:
            rubric = rubric.replace(line, line.replace(" }", f', visibility = "{when}" }}'))
    (tmp_path / "hiding.toml").write_text(rubric, "utf-8")
    archive = built(tmp_path, *LINEAR, "--rubric", tmp_path / "hiding.toml")
    results, _ = run(with_this_grader(laid_out(tmp_path / "a", archive, ALAN)))
    kept = [test for test in results["tests"] if test["visibility"] in ("hidden", "after_due_date")]
    seen = json.dumps(
        [results["output"], *(test for test in results["tests"] if test["visibility"] == "visible")]
    )
    assert {test["visibility"] for test in kept} == {"hidden", "after_due_date"}
    assert not [test["name"] for test in kept if test["name"] in seen]
    assert not [test for test in kept if "number" in test]
    # The total would tell the hidden points.
    assert "after_published" in {test["visibility"] for test in results["tests"]}
    assert results["score"] == pytest.approx(sum(test["score"] for test in results["tests"]))


SPY = """
import os
def svm_loss_naive(W, X, y, reg):
    for folder in ({root!r}, "/proc/1", "/proc/self/root" + {root!r}):
        try:
            for name in ("source/options.toml", "cmdline"):
                open(os.path.join(folder, name)).read()
        except OSError:
            continue
        raise RuntimeError("se" + "cret")
    open(os.path.join({root!r}, "results", "results.json"), "w").write('{{"score": 1000}}')
"""


def test_a_submission_reads_no_seed_and_writes_no_results(tmp_path: Path) -> None:
    root = tmp_path / "a"
    work = shutil.copytree(SAMPLES / "correct" / "2019", tmp_path / "work")
    (work / "cs231n" / "classifiers" / "linear_svm.py").write_text(SPY.format(root=str(root)))
    results, _ = run(with_this_grader(laid_out(root, built(tmp_path, *LINEAR, "--no-mend"), work)))
    assert results["score"] < 40
    outputs = " ".join(test["output"] for test in results["tests"])
    assert "secret" not in outputs
    assert "Permission" in outputs or "Read\\-only" in outputs or "No such file" in outputs


@pytest.mark.slow
def test_after_setup_it_runs_without_a_network(tmp_path: Path) -> None:
    require_packages()
    root = laid_out(tmp_path / "autograder", built(tmp_path, *LINEAR, "--seed", "7"), ALAN)
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    ready = subprocess.run(
        ["bash", "source/setup.sh"],
        cwd=root,
        env=env | NO_BYTECODE | {"PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=580,
        check=False,
    )
    assert ready.returncode == 0, ready.stdout + ready.stderr
    alone = ["unshare", "--net"]
    without = subprocess.run([*alone, "true"], capture_output=True, check=False)
    results, _ = run(root, alone if without.returncode == 0 else (), PYTHONPATH="")
    assert results["score"] == pytest.approx(checked(ALAN, *LINEAR, "--seed", "7")["score"])
