"""What the grader says of a folder of public submissions: a table, a list to read by hand, and what changed.

    python benchmarks/public_work.py OUT --grade DIR     grade every entry of DIR into OUT, then the table
    python benchmarks/public_work.py OUT                 the table of reports that are there
    python benchmarks/public_work.py OUT --against OLD   and what changed since OLD

Whoever changes a check or the catalogue runs it before and after, and reads what changed. A *function* is a
role of one submission: right when nothing of it failed; `follows` when what failed only follows from another.
Of the wrong and raised, those `named in part` have a failure without a name beside one that has; `located`
have a place only. `OUT/to_read.tsv` has a line for each function (or comparison of two) that is not right,
and for each refusal. Neither durations nor the environment are read: two runs over equal work agree byte for
byte.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import msgspec

__all__ = ["Case", "Where", "cases", "changes", "main", "read", "table"]

TO_READ = "to_read.tsv"
SEED = "231"
# What stands in a check's id where others have a role: the notebook, and comparisons of two roles.
NOT_FUNCTIONS = ("agreement", "notebook", "linear", "net")
VERDICTS = {
    "error": "raised",
    "timeout": "timeout",
    "failed": "wrong",
    "missing": "missing",
}  # first hit counts
EXPLAINABLE = ("wrong", "raised")
KNOWN = ("named exactly", "named in part", "candidates", "located", "unknown")


class Where(msgspec.Struct, frozen=True):
    """A place in a report."""

    file: str
    line: int | None = None
    cell: int | None = None
    end_line: int | None = None

    def __str__(self) -> str:
        cell = "" if self.cell is None else f"[{self.cell}]"
        end = "" if self.end_line is None else f"-{self.end_line}"
        return f"{self.file}{cell}" + ("" if self.line is None else f":{self.line}{end}")


class Check(msgspec.Struct, frozen=True):
    """What is read of a check."""

    id: str
    verdict: str
    score: float = 0.0
    max_score: float = 0.0
    message: str = ""
    mistakes: tuple[str, ...] = ()
    follows_from: str | None = None
    where: Where | None = None


class Question(msgspec.Struct, frozen=True):
    id: str
    checks: tuple[Check, ...]


class Diagnosis(msgspec.Struct, frozen=True):
    """A mistake, proved or possible, and the roles that have it, some without their question."""

    mistake: str
    roles: tuple[str, ...]

    def is_of(self, role: str) -> bool:
        return any(role == own or role.endswith(f".{own}") for own in self.roles)


class Submission(msgspec.Struct, frozen=True):
    id: str
    path: str
    edition: str | None


class Report(msgspec.Struct, frozen=True):
    """What is read of a report; the names are those of its JSON."""

    submission: Submission
    score: float
    max_score: float
    questions: tuple[Question, ...]
    diagnoses: tuple[Diagnosis, ...] = ()
    candidates: tuple[Diagnosis, ...] = ()
    refused: str | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """One role of one submission and what is said of it; `known` says how much is known of what is wrong."""

    submission: str
    role: str
    verdict: str
    known: str
    lost: float
    said: str
    where: str

    @property
    def is_function(self) -> bool:
        return self.role.rpartition(".")[2] not in NOT_FUNCTIONS

    def __str__(self) -> str:
        return "\t".join(
            (self.submission, self.role, self.verdict, self.known, f"{self.lost:g}", self.said, self.where)
        )


def read(folder: Path) -> dict[str, Report]:
    """The reports below `folder`, by the name of their submission, in order."""
    paths = sorted(folder.glob("*/report.json"))
    return {path.parent.name: msgspec.json.decode(path.read_bytes(), type=Report) for path in paths}


def role_of(check: Check) -> str:
    """The role with its question; the only place where an id is taken apart."""
    owner, _, statement = check.id.rpartition(".")
    if statement == "validation_accuracy":
        return f"{owner}.net"
    return owner


def cases(report: Report, name: str) -> list[Case]:
    """A case for each role of which anything was checked."""
    checks = sorted((check for question in report.questions for check in question.checks), key=role_of)
    by_role = {role: list(own) for role, own in groupby(checks, role_of)}
    return [case(report, name, role, own) for role, own in by_role.items() if any(map(was_done, own))]


def was_done(check: Check) -> bool:
    return check.verdict != "skipped"


def case(report: Report, name: str, role: str, checks: Sequence[Check]) -> Case:
    proved = {diagnosis.mistake for diagnosis in report.diagnoses if diagnosis.is_of(role)}
    broken = [check for check in checks if check.verdict in VERDICTS]
    own = [check for check in broken if not follows(check, role) or proved.intersection(check.mistakes)]
    verdict = verdict_of(own) if own else "follows" if broken else "right"
    possible = any(candidate.is_of(role) for candidate in report.candidates)
    known = known_of(own, possible) if verdict in EXPLAINABLE else ""
    lost = sum(check.max_score - check.score for check in checks)
    return Case(name, role, verdict, known, lost, said(own or broken), place(own or broken))


def follows(check: Check, role: str) -> bool:
    """Whether the cause of a failure was charged at another role."""
    return check.follows_from is not None and not check.follows_from.startswith(f"{role}.")


def verdict_of(checks: Sequence[Check]) -> str:
    met = {check.verdict for check in checks}
    return next(word for verdict, word in VERDICTS.items() if verdict in met)


def known_of(checks: Sequence[Check], possible: bool) -> str:
    """How much is known of the failures that do not follow from another of the same role."""
    named = [bool(check.mistakes) for check in checks if check.mistakes or check.follows_from is None]
    if any(named):
        return KNOWN[0] if all(named) else KNOWN[1]
    if possible:
        return KNOWN[2]
    return KNOWN[3] if place(checks) else KNOWN[4]


def said(checks: Sequence[Check]) -> str:
    """The mistakes, or where there are none what the checks say."""
    mistakes = {mistake: None for check in checks for mistake in check.mistakes}
    unnamed = {" ".join(check.message.split()): None for check in checks if not check.mistakes}
    return " | ".join([*mistakes, *unnamed])


def place(checks: Sequence[Check]) -> str:
    return " ".join(dict.fromkeys(str(check.where) for check in checks if check.where is not None))


def table(reports: dict[str, Report]) -> str:
    """The figures, one a line."""
    functions = [case for case in every_case(reports) if case.is_function]
    verdicts = Counter(case.verdict for case in functions)
    known = Counter(case.known for case in functions)
    refused = sum(report.refused is not None for report in reports.values())
    ran = Counter(verdict for report in reports.values() for verdict in notebooks(report))
    rows = [
        ("submissions", len(reports)),
        ("  graded", len(reports) - refused),
        ("  refused", refused),
        ("  with a fault of the grader's", sum(bool(report.faults) for report in reports.values())),
        ("functions", len(functions)),
        *((f"  {word}", verdicts[word]) for word in ("right", "follows", "missing", "timeout", *EXPLAINABLE)),
        *((f"    of both: {kind}", known[kind]) for kind in KNOWN),
        ("notebooks run", sum(ran.values())),
        ("  to the end", ran["passed"]),
    ]
    return "\n".join(f"{name:32}{count:6}" for name, count in rows)


def every_case(reports: dict[str, Report]) -> Iterator[Case]:
    for name, report in reports.items():
        yield from cases(report, name)


def notebooks(report: Report) -> Iterator[str]:
    """The verdicts on whether each notebook that was run comes to its end."""
    for question in report.questions:
        for check in question.checks:
            if check.id.endswith(".notebook.runs") and check.verdict not in ("skipped", "missing"):
                yield check.verdict


def to_read(reports: dict[str, Report]) -> str:
    """A line for each thing that a person should look at, dearest first within a submission."""
    lines = ["submission\trole\tverdict\tknown\tlost\tsaid\twhere"]
    for name, report in reports.items():
        lines += [f"{name}\t\trefused\t\t\t{' '.join(report.refused.split())}\t"] if report.refused else []
        lines += [f"{name}\t\tfault\t\t\t{' '.join(fault.split())}\t" for fault in report.faults]
        unlike = [case for case in cases(report, name) if case.verdict != "right"]
        lines += [str(case) for case in sorted(unlike, key=lambda case: (-case.lost, case.role))]
    return "\n".join(lines) + "\n"


def changes(old: dict[str, Report], new: dict[str, Report]) -> str:
    """What differs, one line each, and how often each kind of change occurs."""
    lines = [
        f"{name}: only in the {'new' if name in new else 'old'} run"
        for name in sorted(old.keys() ^ new.keys())
    ]
    kinds: Counter[str] = Counter()
    for name in sorted(old.keys() & new.keys()):
        lines += [f"{name}: {line}" for line in whole_changes(old[name], new[name])]
        for role, before, after in role_changes(cases(old[name], name), cases(new[name], name)):
            lines.append(f"{name} {role}: {before} -> {after}")
            kinds[f"{before.partition(':')[0]} -> {after.partition(':')[0]}"] += 1
    counts = [f"{count:6}  {kind}" for kind, count in sorted(kinds.items())]
    return "\n".join(counts + lines) or "nothing changed"


def whole_changes(old: Report, new: Report) -> Iterator[str]:
    """Changes of a submission as a whole."""
    for what, before, after in (
        ("edition", old.submission.edition, new.submission.edition),
        ("root", old.submission.path, new.submission.path),
        ("refused", old.refused, new.refused),
        ("score", f"{old.score:g}/{old.max_score:g}", f"{new.score:g}/{new.max_score:g}"),
    ):
        if before != after:
            yield f"{what} {before} -> {after}"


def role_changes(old: Sequence[Case], new: Sequence[Case]) -> Iterator[tuple[str, str, str]]:
    """Each role of which another thing is said, with both."""
    before, after = ({case.role: in_short(case) for case in side} for side in (old, new))
    for role in sorted(before.keys() | after.keys()):
        was, now = before.get(role, "not checked"), after.get(role, "not checked")
        if was != now:
            yield role, was, now


def in_short(case: Case) -> str:
    known = f", {case.known}" if case.known else ""
    details = "; ".join(part for part in (f"-{case.lost:g}" * bool(case.lost), case.said, case.where) if part)
    return f"{case.verdict}{known}" + (f": {details}" if details else "")


def grade(folder: Path, out: Path, execute: str) -> None:
    """Through the public command, afresh, on the problems of one seed: two runs are to be compared."""
    options = ["-o", str(out), "--fresh", "--no-train", "--execute", execute, "--seed", SEED]
    subprocess.run([sys.executable, "-m", "grader.cli", "grade", str(folder), *options], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path, help="where the reports are, or go")
    parser.add_argument("--grade", type=Path, metavar="DIR", help="grade the submissions in DIR first")
    parser.add_argument(
        "--execute", choices=("never", "quick", "full"), default="never", help="run notebooks"
    )
    parser.add_argument("--against", type=Path, metavar="OLD", help="another run, to compare with")
    options = parser.parse_args()
    if options.grade:
        grade(options.grade, options.out, options.execute)
    reports = read(options.out)
    if not reports:
        parser.error(f"{options.out} holds no reports (*/report.json)")
    (options.out / TO_READ).write_text(to_read(reports), encoding="utf-8")
    print(table(reports))
    if options.against:
        print(changes(read(options.against), reports))


if __name__ == "__main__":
    main()
