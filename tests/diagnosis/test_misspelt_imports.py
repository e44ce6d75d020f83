"""A misspelt import is asked about in the help; the fact stays what Python said."""

import pytest
from judged import case_of, made_up

from grader.assignment1 import ASSIGNMENT
from grader.checking.finding import Finding
from grader.diagnosis.attribution import Attributed
from grader.diagnosis.imports import explain_imports
from grader.intake.site import Site
from grader.result import Verdict, Where
from grader.student.in_process import InProcess

FILE = "cs231n/classifiers/linear_svm.py"


def said(text: str, error_type: str, *absent: str, message: str = "") -> Attributed:
    """What is said of a check that stopped by an exception in a file with this text."""
    student = InProcess(
        {}, {"svm.naive": Site(FILE, "svm_loss_naive"), "layers.x": Site("cs231n/layers.py", "x")}
    )
    student.absent_modules |= set(absent)
    result = made_up(
        "svm.naive.loss", Verdict.ERROR, error_type=error_type, message=message, where=Where(FILE, 9)
    )
    case = case_of("svm", [Finding(result)], student, source={FILE: text}.get, modules=ASSIGNMENT.modules)
    return explain_imports(case).checks.get("svm.naive.loss", Attributed())


def help_for(text: str, error_type: str, *absent: str) -> str:
    return said(text, error_type, *absent).help or ""


def test_a_module_of_the_course_that_was_not_handed_in_is_no_slip() -> None:
    message = "`f` raised ImportError: cs231n.layers.affine_forward is used, but the library is not available"
    text = "from cs231n.layers import *\nfrom cs231n.layers import affine_forward"
    found = said(text, "ImportError", "cs231n.layers", message=message)
    assert found.message == "not handed in, though called here: cs231n/layers.py"
    assert found.help == "hand in cs231n/layers.py as well"
    assert said(text, "NameError", "cs231n.layers") == found  # all of its names were imported
    assert help_for("import cs231n.layers", "NameError", "cs231n.layers") == ""
    message = (
        "`f` raised ImportError: cannot import name 'layers' from 'cs231n' (/submission/cs231n/__init__.py)"
    )
    assert said("from ..layer_utils import *", "ImportError", message=message) == found


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
    for error_type in ("ImportError", "NameError", "ModuleNotFoundError"):
        assert help_for(text, error_type, absent) == asked


@pytest.mark.parametrize("absent", ["torch", "numba", "sklearn.svm", "cupy"])
def test_a_library_that_only_is_not_here_is_no_slip(absent: str) -> None:
    assert help_for(f"import {absent}", "ImportError", absent) == ""


def test_a_module_that_is_there_is_not_asked_about() -> None:
    assert help_for("import numpy.fft", "NameError", "nunpy") == ""


def test_another_exception_has_nothing_to_do_with_it() -> None:
    assert help_for("import nunpy", "ValueError", "nunpy") == ""
