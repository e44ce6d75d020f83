"""A misspelt import is asked about in the help; the fact stays what Python said."""

import pytest

from grader.diagnosis.explain import Causes
from grader.diagnosis.imports import explain_imports
from grader.intake.site import Site
from grader.result import CheckResult, Verdict, Where
from grader.scoring.charging import Finding
from grader.student.in_process import InProcess

FILE = "cs231n/classifiers/linear_svm.py"


def help_for(text: str, message: str, *notes: str) -> str:
    student = InProcess(
        {}, {"svm.naive": Site(FILE, "svm_loss_naive"), "layers.x": Site("cs231n/layers.py", "x")}
    )
    student.notes += [f"the module {name} is not available here; a stand-in was supplied" for name in notes]
    result = CheckResult(
        id="svm.naive.loss", title="", verdict=Verdict.ERROR, message=message, where=Where(FILE, 9)
    )
    causes = Causes([Finding(result)])
    explain_imports(causes, student, {FILE: text}.get)
    return causes.findings[0].result.help


USED = "`svm_loss_naive` raised ImportError: {}.zeros is used, but the library is not available here"


@pytest.mark.parametrize(
    ("text", "absent", "meant"),
    [
        ("import nunpy as np", "nunpy", "numpy"),
        ("from random import shuffle\nimport numpyy", "numpyy", "numpy"),
        ("from scipy.stat import mode", "scipy.stat", "scipy.stats"),
        ("import matplotlib.pylot as plt", "matplotlib.pylot", "matplotlib.pyplot"),
        ("from ..layer import *", "cs231n.layer", "cs231n.layers"),
        (
            "from cs231n.classifiers.linearsvm import *",
            "cs231n.classifiers.linearsvm",
            FILE[:-3].replace("/", "."),
        ),
    ],
)
def test_what_was_probably_meant(text: str, absent: str, meant: str) -> None:
    line = len(text.splitlines())
    asked = f"line {line} imports `{absent}`, which is not there: did you mean `{meant}`?"
    assert help_for(text, USED.format(absent), absent) == asked
    assert help_for(text, "`f` raised NameError: name 'softmax' is not defined", absent) == asked
    assert (
        help_for(text, f"`{FILE}` cannot be imported: ModuleNotFoundError: No module named '{absent}'")
        == asked
    )


@pytest.mark.parametrize("absent", ["torch", "numba", "sklearn.svm", "cupy"])
def test_a_library_that_only_is_not_here_is_no_slip(absent: str) -> None:
    assert help_for(f"import {absent}", USED.format(absent), absent) == ""


def test_a_module_that_is_there_is_not_asked_about() -> None:
    assert help_for("import numpy.fft", "`f` raised NameError: name 'z' is not defined", "nunpy") == ""


def test_another_exception_has_nothing_to_do_with_it() -> None:
    assert help_for("import nunpy", "`f` raised ValueError: shapes", "nunpy") == ""
