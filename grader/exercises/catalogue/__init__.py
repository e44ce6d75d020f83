"""The mistakes of the exercises; the rows are the TOML files beside this one."""

from __future__ import annotations

from importlib import resources

from grader.diagnosis.catalogue import Catalogue

__all__ = ["CATALOGUE"]

CATALOGUE = Catalogue(resources.files(__name__))
