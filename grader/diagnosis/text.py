"""Mistakes that the student's text proves, and the lines to point to. Read as a tree, never run."""

from __future__ import annotations

import re

import msgspec

from grader.checking.check import role_of
from grader.diagnosis.catalogue import lookup
from grader.diagnosis.causes import Causes, Source, diagnosis, replaced
from grader.diagnosis.where import assigns, locate, misspells_result, static_mistakes
from grader.intake.site import Site
from grader.result import Verdict, Where
from grader.scoring.charging import Finding
from grader.student.calls import Student

__all__ = ["explain_by_text", "line_of", "point_to_lines"]

#: Parsing costs milliseconds, and hardly anybody writes files from a loss.
_MAY_WRITE = re.compile(r"savetxt|np\.save|\bdump\(|tofile|imsave|savefig|to_csv|open\(")


def explain_by_text(causes: Causes, student: Student, source: Source) -> None:
    """Name undefined names behind NameErrors, absent returns behind None, and files written on the way."""
    roles = dict.fromkeys(role_of(finding.result.id.rpartition(".")[0]) for finding in causes.findings)
    for role in roles:
        site = student.sites.get(role)
        text = source(site.defined_in or site.file) if site is not None and site.file is not None else None
        if site is None or text is None:
            continue
        own = [f for f in causes.findings if role_of(f.result.id.rpartition(".")[0]) == role]
        if not any(map(_is_broken, own)) and not _MAY_WRITE.search(text):
            continue
        for mistake, line in static_mistakes(text, _name_in_text(site)):
            where = Where(site.defined_in or site.file or "", line)
            _enter(causes, own, mistake, role, where, _fact(mistake, role, site, text))


def _is_broken(finding: Finding) -> bool:
    return finding.result.verdict in (Verdict.ERROR, Verdict.MISSING)


def _fact(mistake: str, role: str, site: Site, text: str) -> str:
    """What is to be said of a function whose result is lost on the way; empty for other mistakes."""
    if mistake == "undefined-name" and misspells_result(text, _name_in_text(site)):
        return f"dW of `{site.label}` is zero everywhere: what is computed goes to a name that nothing reads"
    if mistake != "returns-nothing":
        return ""
    names = _RETURNED.get(role.partition(".")[2], ())
    if names and assigns(text, _name_in_text(site), names):
        return f"`{site.label}` returns None: its last line is missing, `return {', '.join(names)}`"
    return f"`{site.label}` computes something but returns None: its end is reached without a `return`"


#: What the course's functions call the results that they return.
_RETURNED = {
    "naive": ("loss", "dW"),
    "vectorized": ("loss", "dW"),
    "loss": ("loss", "grads"),
    "predict": ("y_pred",),
    "predict_labels": ("y_pred",),
    "two_loops": ("dists",),
    "one_loop": ("dists",),
    "no_loops": ("dists",),
    "affine_forward": ("out", "cache"),
    "affine_backward": ("dx", "dw", "db"),
    "relu_forward": ("out", "cache"),
    "relu_backward": ("dx",),
    "svm_loss": ("loss", "dx"),
    "softmax_loss": ("loss", "dx"),
    "sgd_momentum": ("next_w", "config"),
    "rmsprop": ("next_w", "config"),
    "adam": ("next_w", "config"),
}


def _enter(causes: Causes, own: list[Finding], mistake: str, role: str, where: Where, fact: str) -> None:
    broken = [finding for finding in own if _shows(mistake, finding, bool(fact))]
    if not broken and mistake != "writes-files":
        return
    # A comparison with another role's work stops with the same words.
    told = {(finding.result.verdict, finding.result.message) for finding in broken}
    for i, finding in enumerate(causes.findings):
        result = finding.result
        if result.mistakes or (result.verdict, result.message) not in told:
            continue
        # Work that computes something and forgets to return it is wrong, not missing.
        lost = result.verdict is Verdict.MISSING
        changed = msgspec.structs.replace(
            result,
            verdict=Verdict.FAILED if lost else result.verdict,
            message=fact if lost and fact else result.message,
            mistakes=(mistake,),
            where=where,
        )
        causes.findings[i] = replaced(finding, msgspec.structs.replace(changed, help=lookup(mistake).remedy))
        if role_of(result.id.rpartition(".")[0]) != role:
            causes.echoes.add(result.id)
    if broken and (not fact or broken[0].result.verdict is not Verdict.MISSING):
        fact = broken[0].result.message
    found = msgspec.structs.replace(diagnosis(mistake, (role,), fact), where=where)
    causes.diagnoses.append(found)


def _shows(mistake: str, finding: Finding, loses_result: bool) -> bool:
    """Whether the finding is what this mistake leads to; `loses_result`: the text shows that one is lost."""
    result = finding.result
    if result.mistakes:
        return False
    if mistake == "undefined-name":
        raised = result.verdict is Verdict.ERROR and re.search("NameError|UnboundLocalError", result.message)
        empty = result.verdict is Verdict.MISSING and "is zero everywhere" in result.message
        return bool(raised) or (empty and loses_result)
    return mistake == "returns-nothing" and result.verdict is Verdict.MISSING and "None" in result.message


def point_to_lines(causes: Causes, student: Student, source: Source) -> None:
    """Give every diagnosis and every failed check with a mistake the line in the student's file."""
    causes.diagnoses = [
        found
        if found.where is not None
        else msgspec.structs.replace(found, where=_place(found.roles, found.mistake, causes, student, source))
        for found in causes.diagnoses
    ]
    for i, finding in enumerate(causes.findings):
        result = finding.result
        if result.mistakes and result.verdict is Verdict.FAILED:
            role = role_of(result.id.rpartition(".")[0])
            where = _place((role,), result.mistakes[0], causes, student, source) or result.where
            causes.findings[i] = replaced(finding, msgspec.structs.replace(result, where=where))


def _place(
    roles: tuple[str, ...], mistake: str, causes: Causes, student: Student, source: Source
) -> Where | None:
    for role in roles:
        site = student.sites.get(role)
        if site is not None and site.where is not None:
            line = line_of(mistake, site, source, causes.places.get((role, mistake), ()))
            return msgspec.structs.replace(site.where, line=line or site.line)
    return None


def line_of(mistake: str, site: Site, source: Source, parameters: tuple[str, ...] = ()) -> int | None:
    """The line of the mistake in the role's own file; None when the text leaves it open."""
    text = source(site.defined_in or site.file or "")
    return locate(text, _name_in_text(site), mistake, parameters) if text is not None else None


def _name_in_text(site: Site) -> str:
    if site.method is None:
        return site.name
    inherited = site.defined_in not in (None, site.file)
    # Both linear classifiers inherit `train` and `predict`.
    owner = (
        "LinearClassifier"
        if inherited or (site.method in ("train", "predict") and _is_linear(site))
        else site.name
    )
    return f"{owner}.{site.method}"


def _is_linear(site: Site) -> bool:
    return site.name in ("LinearSVM", "Softmax")
