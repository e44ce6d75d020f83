"""What a run of the grader is asked to do, and what a report is made with."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

import grader
from grader.assignment import Assignment
from grader.checking.check import Setting
from grader.diagnosis.mending.submission import MendPlan
from grader.intake.editions import Edition
from grader.sandbox.host import Sandbox
from grader.scoring.rescoring import facts_of
from grader.scoring.rubric import QuestionRow, Rubric

__all__ = ["Announce", "Job", "describe_environment", "setting_of", "tuned_marks", "wanted"]

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


def wanted(job: Job, edition: Edition) -> list[QuestionRow]:
    """The questions of the rubric that the edition has and that are asked."""
    rows = job.rubric.questions(edition.names, edition.questions)
    return [row for row in rows if not job.questions or row.id in job.questions]


def setting_of(job: Job) -> Setting:
    """What every check may ask for."""
    notes, thresholds = frozenset(job.rubric.notes), job.rubric.validation_accuracies
    return dataclasses.replace(job.setting, notes=notes, thresholds=thresholds)


def tuned_marks(edition: Edition, rubric: Rubric) -> dict[str, float]:
    """The accuracy that each tuned model has to reach on real images: the rubric's, else the edition's."""
    return {**edition.accuracies, **rubric.tuned_accuracies}


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
