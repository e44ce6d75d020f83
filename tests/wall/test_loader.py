"""How the submission's files are imported, in a process of their own: imports are for the whole process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from grader.assignment1.editions import EDITIONS
from grader.intake.renamed import under_course_names
from grader.intake.site import Site

SCRIPT = """
import sys
from grader.wall.loader import Sources
files = {files!r}
given = {{path: text.encode() for path, text in files.items()}}
sources = Sources(given, print, "cs231n", "cs231n.classifiers")
sources.install()
print(sources.import_file(sys.argv[1]).answer())
"""


def imported(path: str, **files: str) -> str:
    """What `answer` of the file returns, after the loader's notes; or the last line of the error."""
    named = {name.replace("__", "/") + ".py": text for name, text in files.items()}
    command = [sys.executable, "-c", SCRIPT.format(files=named), path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_a_folder_named_as_the_module_in_it_is_both() -> None:
    module = "def answer():\n  return 42\n"
    assert imported("softmax/softmax.py", softmax__softmax=module) == "42"
    beside = {"a__k": "from softmax import answer\n", "softmax__softmax": module}
    assert imported("a/k.py", **beside) == "42"


def test_a_name_that_the_students_own_package_lacks_is_no_library() -> None:
    lacking = "try:\n  from mine import Other\nexcept ImportError as error:\n  said = str(error)\n"
    files = {"a__k": lacking + "def answer():\n  return said\n", "mine__b": "x = 1\n"}
    assert imported("a/k.py", **files).startswith("cannot import name 'Other' from 'mine'")
    library = {"a__k": "import numbaa\ndef answer():\n  return type(numbaa).__name__\n"}
    assert "the module numbaa is not available here" in imported("a/k.py", **library)


def test_a_file_that_names_a_future_feature_may_lack_a_name_of_a_library() -> None:
    """A stand-in for the name leaves that statement the first of the file."""
    text = (
        "from __future__ import division\nfrom numpy import nothing_like_that\ndef answer():\n  return 42\n"
    )
    assert imported("a/k.py", a__k=text).endswith("42")


def test_the_content_of_the_course_package_imports_as_if_it_were_in_it() -> None:
    """`from ..layers import` climbs to a package whose own folder was not handed in."""
    net = "from ..layers import forward\nfrom ..classifiers.other import more\n"
    net += "def answer():\n  return forward() + more()\n"
    files = {"layers": "def forward():\n  return 40\n", "classifiers__net": net}
    files |= {"classifiers__other": "def more():\n  return 2\n", "cs231n__data_utils": "x = 1\n"}
    assert imported("classifiers/net.py", **files) == "42"
    files["solver"] = "from .classifiers.net import answer\n"
    assert imported("solver.py", **files) == "42"
    files["more__deeper__net"] = "import layers\ndef answer():\n  return layers.forward() + 2\n"
    assert imported("more/deeper/net.py", **files) == "42"


def test_a_module_that_stands_for_a_file_with_a_name_of_its_own_gives_what_that_has() -> None:
    """Under a name that no import statement could hold."""
    site = Site("cs231n/classifiers/softmax (1).py", "softmax_loss_naive")
    given = {str(site.file): b"def answer():\n  return 42\n"}
    made = under_course_names(given, {"softmax.naive": site}, EDITIONS.load("2019"))
    files = {path.removesuffix(".py").replace("/", "__"): data.decode() for path, data in made.items()}
    files["top"] = "from cs231n.classifiers.softmax import *\n"
    assert imported("top.py", **files) == "42"


def test_who_imports_a_module_gets_the_one_that_is_graded_and_not_the_stub_beside_it() -> None:
    """By the course's name, where the work lies in a folder of its own beside the starter."""
    stub, own = "starter/cs231n/classifiers/softmax.py", "work/softmax.py"
    site = Site(own, "softmax_loss_naive", also=(stub,))
    given = {stub: b"def answer():\n  return 0\n", own: b"def answer():\n  return 42\n"}
    made = under_course_names(given, {"softmax.naive": site}, EDITIONS.load("2019"))
    files = {path.removesuffix(".py").replace("/", "__"): data.decode() for path, data in made.items()}
    files["top"] = "from cs231n.classifiers.softmax import *\n"
    assert imported("top.py", **files) == "42"


def test_a_package_that_was_handed_in_under_another_name_is_found_by_its_modules() -> None:
    files = {"Work__classifiers__more": "def more():\n  return 42\n"}
    files["Work__classifiers__top"] = "from ours.classifiers.more import *\ndef answer():\n  return more()\n"
    assert imported("Work/classifiers/top.py", **files).endswith("42")
    files["Work__classifiers__top"] = (
        "from ours.others.more import *\ndef answer():\n  return 'more' in globals()\n"
    )
    assert imported("Work/classifiers/top.py", **files).endswith("False")


def test_item_frequencies_of_older_scipy() -> None:
    text = "from scipy.stats import itemfreq\ndef answer():\n  return itemfreq([2, 1, 2]).tolist()\n"
    assert imported("a/k.py", a__k=text).endswith("[[1, 1], [2, 2]]")


@pytest.mark.parametrize(
    "line", ["from torch import softmax", "import torch.nn as nn", "import torch\nclass A(torch.B): pass"]
)
def test_a_library_that_is_not_here_and_not_used_stops_nothing(line: str) -> None:
    text = f"import numpy as np\n{line}\ndef answer():\n  return np.sum([40, 2])\n"
    assert imported("a/k.py", a__k=text).endswith("42")


def test_a_library_beside_others_in_one_import_takes_only_itself() -> None:
    text = "import torch, numpy as np, os.path\ndef answer():\n  return np.sum([40, 1]) + len(os.sep)\n"
    assert imported("a/k.py", a__k=text).endswith("42")


@pytest.mark.parametrize("line", ["from torch import nn", "import torch.nn as nn", "import torch as nn"])
def test_a_stand_in_knows_the_library_whatever_it_is_called(line: str) -> None:
    text = (
        f"{line}\ndef answer():\n  try:\n    nn.Linear(3)\n"
        "  except ImportError as error:\n    return error.library\n"
    )
    assert imported("a/k.py", a__k=text).endswith("torch")
