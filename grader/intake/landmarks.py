"""How an assignment's files lie, whatever the edition: by what names and folders its work is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["Landmarks"]


@dataclass(frozen=True)
class Landmarks:
    """Base names of `files` with roles; `names` of functions and classes, each with the question that it is
    part of; `asked`, the functions, and methods with their class, that are roles; `notebooks` in lower case.

    `folders`: the name of one that holds work → how deep it lies. `package` is the outermost of them, ""
    where work lies in none.
    `expected` says what a submission should hold; `data_folders` hold none of the work.
    """

    files: frozenset[str]
    names: Mapping[str, str]
    asked: frozenset[tuple[str | None, str]]
    notebooks: frozenset[str]
    folders: Mapping[str, int]
    package: str
    expected: str
    data_folders: tuple[str, ...]

    def is_work(self, name: str) -> bool:
        """Whether a file's own name is that of a standard notebook or of a file that students complete."""
        return name in self.files or name.lower() in self.notebooks

    def is_like_notebook(self, name: str) -> bool:
        """Whether a file's name begins as that of a standard notebook, as a copy's does."""
        stems = tuple(notebook.removesuffix(".ipynb") for notebook in self.notebooks)
        return name.lower().endswith(".ipynb") and name.lower().startswith(stems)

    def is_of_package(self, name: str) -> bool:
        """Whether a folder's name holds that of the package."""
        return bool(self.package) and self.package in name

    def home(self, folder: str) -> str:
        """The assignment's folder for a module in `folder`: above its package, or `folder` itself."""
        parts = folder.split("/") if folder else []
        depth = self.folders.get(parts[-1], 0) if parts else 0
        return "/".join(parts[: len(parts) - depth]) or "."

    def package_in(self, files: Iterable[str]) -> str:
        """The package's name among these paths; some universities renamed it."""
        for path in files:
            *folders, base = path.split("/")
            depth = self.folders.get(folders[-1], 0) if folders else 0
            if 1 < depth <= len(folders) and self.is_work(base):
                return "/".join(folders[: 1 - depth])
        return self.package

    def renamed(self, path: str, package: str) -> str:
        """The path as it is where the package has that name."""
        inside = path.removeprefix(f"{self.package}/") if self.package else path
        return path if inside == path else f"{package}/{inside}"
