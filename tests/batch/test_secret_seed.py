"""Nobody gains by what follows from a public seed: `grade` judges by a secret one, which it keeps."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from command_line import SAMPLES, checked, grader

from grader.batch.seed import SEED_FILE

#: The labels of the stand-in's first validation images, from the seed that everybody knows.
CHEAT = """
    def predict(self, X, k=1, num_loops=0):
        if len(X) == 500:
            y = []
            for block in range(3):
                bits = np.random.PCG64([231, 2, block])
                y.append((np.arange(200) % 10)[np.argsort(bits.random_raw(200), kind="stable")])
            return np.concatenate(y)[:500]
"""
KNN = ("--question", "knn", "--data", "synthetic", "--jobs", "1")


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of right work and of the same with labels from the public seed."""
    folder = tmp_path_factory.mktemp("class")
    for name in ("ada", "eve"):
        shutil.copytree(SAMPLES / "correct" / "2019" / "cs231n", folder / name / "cs231n")
    file = folder / "eve" / "cs231n" / "classifiers" / "k_nearest_neighbor.py"
    head = "    def predict(self, X, k=1, num_loops=0):\n"
    text = file.read_text()
    assert head in text
    file.write_text(text.replace(head, CHEAT))
    return folder


@pytest.fixture(scope="module")
def results(work: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("results") / "grades"
    graded = grader("grade", work, "-o", output, *KNN)
    assert graded.returncode == 0, graded.stderr
    return output


def stored(results: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((results / name / "report.json").read_text())
    return found


def accuracy(report: dict[str, Any]) -> dict[str, Any]:
    (found,) = [
        c for q in report["questions"] for c in q["checks"] if c["id"].endswith("validation_accuracy")
    ]
    assert isinstance(found, dict)
    return found


def test_labels_from_the_public_seed_earn_nothing(results: Path) -> None:
    assert accuracy(stored(results, "ada"))["verdict"] == "passed"
    caught = accuracy(stored(results, "eve"))
    assert (caught["verdict"], caught["score"]) == ("failed", 0)
    assert caught["evidence"][0]["measured"] < 0.2


def test_the_seed_is_kept_told_to_the_instructor_and_not_to_the_student(results: Path) -> None:
    seed = (results / SEED_FILE).read_text().strip()
    told = stored(results, "ada")["environment"]
    assert (str(told["secret_seed"]), "seed" in told) == (seed, False)
    for page in ("report.txt", "report.html"):
        assert seed not in (results / "ada" / page).read_text()


def test_a_second_run_goes_by_the_same_seed_and_grades_nothing_again(results: Path, work: Path) -> None:
    before = (results / "ada" / "report.json").stat().st_mtime_ns
    assert grader("grade", work, "-o", results, *KNN).returncode == 0
    assert (results / "ada" / "report.json").stat().st_mtime_ns == before


def test_a_seed_of_the_command_line_counts_and_stays_the_public_one(work: Path, tmp_path: Path) -> None:
    output = tmp_path / "grades"
    assert grader("grade", work, "-o", output, "--seed", "8", "--no-train", *KNN).returncode == 0
    assert stored(output, "ada")["environment"]["seed"] == 8
    assert not (output / SEED_FILE).exists()


def test_an_accuracy_that_no_training_reaches_earns_nothing_and_is_told(work: Path) -> None:
    """`check` goes by the public seed, and so the cheat knows every label."""
    report = checked(work / "eve", *KNN[:4])
    caught = accuracy(report)
    assert (caught["verdict"], caught["score"]) == ("failed", 0)
    assert "100.0% of held-out images are recognized, far more than the" in caught["message"]
    assert report["environment"]["seed"] == 231
    assert accuracy(checked(work / "ada", *KNN[:4]))["verdict"] == "passed"
