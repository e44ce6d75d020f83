"""Small submissions to write, and what is said when one is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.assignment1.editions import EDITIONS
from grader.intake.submission import Submission, SubmissionRefused, open_submission, single
from grader.intake.work import Work, read_work

SVM = b"def svm_loss_naive(W, X, y, reg):\n    pass\n\n\ndef svm_loss_vectorized(W, X, y, reg):\n    pass\n"
SOFTMAX = b"def softmax_loss_naive(W, X, y, reg):\n    pass\n"
LINEAR = b"""class LinearClassifier(object):
    def train(self, X, y):
        pass

    def predict(self, X):
        def scores(X):
            return X
        return scores(X)


class LinearSVM(LinearClassifier):
    def loss(self, X, y, reg):
        pass
"""
WORK = {
    "cs231n/classifiers/linear_svm.py": SVM,
    "cs231n/classifiers/softmax.py": SOFTMAX,
    "cs231n/classifiers/linear_classifier.py": LINEAR,
}


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def notebook(*cells: str) -> bytes:
    code = [{"cell_type": "code", "source": cell.splitlines(keepends=True), "outputs": []} for cell in cells]
    return json.dumps({"cells": code, "nbformat": 4}).encode()


def work_of(files: dict[str, bytes], edition: str = "2019") -> Work:
    """What is read of these files."""
    submission = Submission(id="ada", path=Path(), root=".", files=files, sha256="")
    return read_work(submission, EDITIONS, EDITIONS.load(edition))


def refusal(path: Path) -> str:
    with pytest.raises(SubmissionRefused) as refused:
        open_submission(single(path), EDITIONS.landmarks)
    return str(refused.value)
