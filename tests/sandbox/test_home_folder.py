"""Python 2 is converted without anything that lies, or is left, in a home folder."""

from __future__ import annotations

import pytest
from offered import AVAILABLE

from grader.assignment1.layout import LAYOUT
from grader.intake.site import Site
from grader.sandbox.host import Sandbox
from grader.student.sandboxed import Sandboxed

WORK = b"""
import os
def f():
    print 'a statement of Python 2'
    home = os.path.expanduser('~')
    return [home == os.getcwd(), os.listdir(home)]
"""


@pytest.mark.parametrize("level", AVAILABLE)
def test_the_home_folder_is_the_own_one_and_converting_leaves_nothing_there(level: str) -> None:
    site = {"f": Site("work.py", "f")}
    with Sandbox(level=level) as sandbox, Sandboxed(sandbox, LAYOUT, {"work.py": WORK}, site) as student:
        assert student.call("f").value == [True, []]
