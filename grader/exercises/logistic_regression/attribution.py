"""A product of matrices where one of entries was meant, seen by the error that it ends in."""

from __future__ import annotations

import re

from grader.diagnosis.attribution import Attributed, Attribution, Case
from grader.result import Verdict

__all__ = ["explain_matrices"]

MISTAKE = "matrix-product-for-elementwise"
_MATRICES = re.compile(r"\b(np|numpy)\.(matrix|mat|asmatrix)\(")
_FACT = "`*` of matrices is their product, and their shapes do not fit: {}"


def explain_matrices(case: Case) -> Attribution:
    """Name it where numpy refuses shapes at a line with `*`, in a text that makes matrices."""
    checks, diagnoses = {}, []
    for result in case.results:
        text = case.source(result.where.file) if result.where is not None else None
        if result.verdict is not Verdict.ERROR or result.error_type != "ValueError" or text is None:
            continue
        assert result.where is not None
        lines, number = text.splitlines(), result.where.line or 0
        line = lines[number - 1] if 0 < number <= len(lines) else ""
        if "*" in line and "aligned" in result.message and _MATRICES.search(text):
            checks[result.id] = Attributed(mistakes=(MISTAKE,), help=case.catalogue[MISTAKE].remedy)
            fact = _FACT.format(result.message.partition("ValueError: ")[2])
            diagnoses = [case.proved(MISTAKE, result.role, fact, where=result.where)]
    return Attribution(checks=checks, diagnoses=tuple(diagnoses))
