"""Notebooks made from their cells' sources, and one way to run them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from grader.assignment1 import ASSIGNMENT
from grader.assignment1.notebooks.material import CourseMaterial
from grader.checking.check import Setting
from grader.checking.run import run_check
from grader.intake.notebooks.read import Notebook, read_notebook
from grader.result import CheckResult
from grader.student.in_process import InProcess
from grader.student.notebooks.course import Sizes
from grader.student.notebooks.execute import Engine, Plan, Run
from grader.student.notebooks.runs import NotebookHost, NotebookRuns

NAME = "svm.ipynb"
_OPEN: list[Run] = []

LOADER = b"""
import os, pickle
import numpy as np

def load_CIFAR_batch(filename):
    with open(filename, "rb") as f:
        batch = pickle.load(f)
    return batch["data"].reshape(10000, 3, 32, 32).transpose(0, 2, 3, 1), np.array(batch["labels"])

def get_CIFAR10_data(num_training=49000, num_validation=1000, num_test=1000):
    return num_training, num_validation, num_test
"""
TRAINER = b"""
class LinearClassifier(object):
    def __init__(self):
        self.W = None

    def train(self, X, y, learning_rate=1e-3, num_iters=100, verbose=False):
        import numpy as np
        self.W = np.zeros((X.shape[1], 10))
        return [0.0] * num_iters

    def predict(self, X):
        return X.dot(self.W).argmax(axis=1)

    def fail(self):
        return self.W["no such key"]
"""
MODULES = {
    "cs231n/data_utils.py": LOADER,
    "cs231n/classifiers/linear_classifier.py": TRAINER,
}


def notebook(*cells: str, python2: bool = False) -> bytes:
    version = {"language_info": {"name": "python", "version": "2.7.12" if python2 else "3.11.0"}}
    raw = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": version, "cells": raw}).encode()


#: As it is for notebooks that are run without data.
MATERIAL = CourseMaterial("quick")


def quick_sizes(question: str) -> Sizes:
    """The splits of a quick run of that question's notebook."""
    return ASSIGNMENT.notebooks[question].sizes


def host(execute: Literal["quick", "full"], dataset: Any = None) -> NotebookHost:
    """Where the notebooks of a test are run."""
    return NotebookHost(execute, CourseMaterial(execute, dataset))


def runs(
    where: NotebookHost | None, files: Mapping[str, bytes], marks: Mapping[str, float] = {}, **paths: str
) -> NotebookRuns:
    """The runs of these questions' notebooks, which are at `paths` among the files."""
    return NotebookRuns(where, files, by_question(files, **paths), ASSIGNMENT.notebooks, marks)


def checked(check: str, runs: NotebookRuns) -> CheckResult:
    """What a check of a notebook finds."""
    student = InProcess({}, {})
    subject = ASSIGNMENT.proxy(student, check.partition(".")[0], runs)
    return run_check(ASSIGNMENT.checks[check], subject, student, Setting()).result


def by_question(files: Mapping[str, bytes], **paths: str) -> dict[str, Notebook]:
    """Question → its notebook among the files."""
    return {question: read_notebook(path, files[path]) for question, path in paths.items()}


def run(
    engine: Engine,
    *cells: str,
    python2: bool = False,
    files: Mapping[str, bytes] = MODULES,
    **options: Any,
) -> Run:
    """Run these cells. The worker stays, for `fetch` and `call`, until `close_all`."""
    data = notebook(*cells, python2=python2)
    done = engine.run(Plan(read_notebook(NAME, data), {**files, NAME: data}, MATERIAL, **options))
    _OPEN.append(done)
    return done


def close_all() -> None:
    while _OPEN:
        _OPEN.pop().close()
