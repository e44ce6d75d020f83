"""What a worker may see of the file system."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from grader.sandbox import view


@pytest.fixture(scope="module")
def interpreter() -> view.Interpreter:
    return view.describe(Path(sys.executable))


def test_packages_are_those_of_the_interpreter(interpreter: view.Interpreter) -> None:
    import numpy
    import scipy

    assert interpreter.packages["numpy"] == str(Path(numpy.__file__).resolve().parent)
    assert interpreter.packages["scipy"] == str(Path(scipy.__file__).resolve().parent)
    assert not {"grader", "reference", "pytest", "msgspec"} & set(interpreter.packages)


def test_links_lead_to_the_packages(interpreter: view.Interpreter, tmp_path: Path) -> None:
    view.link_packages(interpreter, tmp_path / "packages")
    assert (tmp_path / "packages" / "numpy" / "__init__.py").is_file()
    assert {path.name for path in (tmp_path / "packages").iterdir()} == set(interpreter.packages)


def test_installed_packages_are_masked_in_a_room(interpreter: view.Interpreter) -> None:
    files = view.file_system(interpreter)
    binds = [target for _, target in files.binds]
    for folder in (Path(path) / "site-packages" for path in interpreter.stdlib):
        if folder.is_dir():
            assert str(folder) in files.masks
    own = Path(__file__).resolve().parents[2]
    assert not any(own.is_relative_to(bind) for bind in binds)


def test_a_tree_is_opened_up_around_what_is_hidden(tmp_path: Path) -> None:
    for path in ("lib/python3/site-packages/grader", "lib/python3/json", "lib/other"):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "lib/python3/os.py").touch()
    (tmp_path / "lib/link").symlink_to("python3/site-packages")
    root = str(tmp_path / "lib")
    found = dict(view._around(root, {str(tmp_path / "lib/python3/site-packages")}))
    assert found == {
        root: False,
        f"{root}/python3": False,
        f"{root}/python3/os.py": True,
        f"{root}/python3/json": True,
        f"{root}/other": True,
    }


def test_a_way_that_is_closed_to_others_is_noticed(tmp_path: Path) -> None:
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    assert view._is_closed(str(inner))
    assert not view._is_closed("/usr/lib")


def test_an_interpreter_without_numpy_is_told(tmp_path: Path) -> None:
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o755)
    with pytest.raises(view.InterpreterError, match=r"has no numpy; install it there"):
        view.describe(bare)
