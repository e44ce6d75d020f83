"""What the systems of courses hand out: whose each submission is, whatever they are called."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from command_line import SAMPLES, grader

from grader.assignment1.editions import EDITIONS
from grader.batch import gathering
from grader.batch.gathering import Gathered
from grader.batch.roster import RosterError, read_roster
from grader.intake.submission import SubmissionRefused, open_submission
from grader.result import decode_report

SVM = "def svm_loss_naive(W, X, y, reg):\n    return 0\n"
LONG = "n" * 200
#: As a system writes the name of a file or folder: a student's name with what it may hold.
ODD = ("Ada Lovelace", "José Ñandú", "🎓 Grad", LONG, "ada lovelace")


LANDMARKS = EDITIONS.landmarks


def gather(paths: Sequence[Path], **options: Any) -> Gathered:
    return gathering.gather(paths, LANDMARKS, **options)


def zipped(files: Mapping[str, str | bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def unpacked(files: Mapping[str, str | bytes], path: Path) -> Path:
    for name, data in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def hand_in(tmp_path: Path) -> bytes:
    return zipped({"hw/cs231n/classifiers/linear_svm.py": SVM}, tmp_path / "hw.zip").read_bytes()


def canvas(work: bytes) -> dict[str, str | bytes]:
    found: dict[str, str | bytes] = {f"{who}_{n}_77{n}_hw.zip": work for n, who in enumerate(ODD, 10)}
    found |= {"doejane_LATE_31_901_linear_svm-1.py": SVM, "doejane_LATE_31_902_notes.txt": "hi"}
    return found | {"typist_41_text.html": "<p>my code</p>"}


def gradescope(work: bytes) -> dict[str, str | bytes]:
    told = ["---"]
    found: dict[str, str | bytes] = {}
    for n, who in enumerate(ODD, 10):
        name = f"submission_{n}"
        told += [f"{name}:", "  :submitters:", f'  - :name: "{who}"', f"    :sid: '00{n}'"]
        told += ["  :created_at: 2025-04-23 01:30:00.123456000 Z", "  :score: 0.0"]
        found[f"{name}/cs231n/classifiers/linear_svm.py"] = SVM
    found["submission_99/hw.zip"] = work
    return found | {"submission_metadata.yml": "\n".join(told)}


def moodle(work: bytes) -> dict[str, str | bytes]:
    found: dict[str, str | bytes] = {
        f"{who}_{n}_assignsubmission_file_/hw.zip": work for n, who in enumerate(ODD, 10)
    }
    found["Jane Doe_31_assignsubmission_file_linear_svm.py"] = SVM
    return found | {"Jane Doe_31_assignsubmission_onlinetext_onlinetext.html": "<p></p>"}


def nbgrader(work: bytes) -> dict[str, str | bytes]:
    times = ["2025-04-22 15:58:23.948203 UTC", "2025-04-23 15:58:23.948203 UTC"]
    found: dict[str, str | bytes] = {
        f"{who[:150]}+ps1+{times[0]}+{n}/linear_svm.py": SVM for n, who in enumerate(ODD)
    }
    found |= {f"jane+ps1+{when}+x{n}/linear_svm.py": SVM for n, when in enumerate(times)}
    return found


def classroom50(work: bytes) -> dict[str, str | bytes]:
    users = ("jane-doe", "ada", "Ada", "ps1-fan", "x" * 200)
    return {f"cs231n-ps1-{user}/linear_svm.py": SVM for user in users} | {
        "scores.json": '{"students": [{"username": "jane-doe", "score": 0}]}',
        "students.csv": "username\njane-doe\n",
    }


Files = Callable[[bytes], dict[str, str | bytes]]
EXPECTED: dict[str, tuple[Files, set[str]]] = {
    "canvas": (canvas, {*ODD[:4], "ada lovelace-2", "doejane", "typist"}),
    "gradescope": (gradescope, {*ODD[:4], "ada lovelace-2", "submission_99"}),
    "moodle": (moodle, {*ODD[:4], "ada lovelace-2", "Jane Doe"}),
    "nbgrader": (nbgrader, {*ODD[:3], LONG[:150], "ada lovelace-2", "jane"}),
    "classroom50": (classroom50, {"jane-doe", "ada-2", "Ada", "ps1-fan", "x" * 200}),
}


@pytest.mark.parametrize("lies", ["in a folder", "in a zip", "in a folder of the zip", "one too high"])
@pytest.mark.parametrize("form", EXPECTED)
def test_an_export_is_recognised_and_mapped(tmp_path: Path, form: str, lies: str) -> None:
    files, names = EXPECTED[form]
    handed = files(hand_in(tmp_path))
    if "zip" in lies:
        if form in ("nbgrader", "classroom50"):
            pytest.skip("is never handed out as a zip")
        outer = "export 1/" if lies == "in a folder of the zip" else ""
        path = zipped({outer + name: data for name, data in handed.items()}, tmp_path / "export.zip")
    else:
        path = unpacked(handed, tmp_path / "above" / "export")
        path = path.parent if lies == "one too high" else path
    gathered = gather([path])
    assert {entry.id for entry in gathered.entries} == names
    assert f"was taken for an export of {form}: " in gathered.remarks[0]
    if lies != "one too high":
        assert [entry.id for entry in gather([path], form=form).entries] == [e.id for e in gathered.entries]
    for entry in gathered.entries:
        if entry.id == "typist":
            with pytest.raises(SubmissionRefused, match="does not hold the assignment"):
                open_submission(entry, LANDMARKS)
        else:
            assert "svm_loss_naive" in "".join(map(str, open_submission(entry, LANDMARKS).files.values()))


def test_of_several_submissions_the_latest_counts_and_its_time_is_kept(tmp_path: Path) -> None:
    gathered = gather([unpacked(nbgrader(b""), tmp_path / "inbound")])
    assert (
        "jane handed in 2 times; the latest counts (jane+ps1+2025-04-23 15:58:23.948203"
        in gathered.remarks[1]
    )
    assert gathered.times["jane"].astimezone(UTC) == datetime(2025, 4, 23, 15, 58, 23, 948203, UTC)


def test_collected_by_nbgrader(tmp_path: Path) -> None:
    files = {"ada/ps1/svm.py": SVM, "ada/ps1/timestamp.txt": "2025-04-22 15:58:23.948203 UTC"}
    gathered = gather([unpacked(files, tmp_path / "submitted")])
    assert [entry.id for entry in gathered.entries] == ["ada"]
    assert gathered.times["ada"].year == 2025


def test_a_clone_tells_when_its_last_commit_was_made_and_runs_nothing(tmp_path: Path) -> None:
    clone = unpacked({"svm.py": SVM}, tmp_path / "clones" / "cs231n-ps1-jane")
    (clone.parent / "scores.json").write_text("{}")
    git = ("git", "-C", str(clone), "-c", "user.name=J", "-c", "user.email=j@x.edu")
    day = {**os.environ, "GIT_COMMITTER_DATE": "2025-04-22T12:00:00-07:00"}
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"], ["pack-refs", "--all"]):
        subprocess.run([*git, *command], check=True, env=day)
    ran = tmp_path / "ran"
    with (clone / ".git" / "config").open("a") as config:
        config.write(f'[core]\n\tfsmonitor = "touch {ran}"\n\tpager = "touch {ran}"\n')
    gathered = gather([clone.parent])
    assert gathered.times == {"jane": datetime(2025, 4, 22, 19, tzinfo=UTC)}
    assert not ran.exists()


# --- rosters

ROSTER = """Student;ID;SIS Login ID;Mail
"Doe, Jane";31;jdoe;jane.doe@x.edu
"Lovelace, Ada";10;ada;ada@x.edu
"Turing, Alan";90;alan;
"Müller, Jörg";91;jmu;jm@x.edu
"""


def with_roster(tmp_path: Path, *paths: Path) -> Gathered:
    (tmp_path / "roster.csv").write_bytes(ROSTER.encode("cp1252"))
    return gather(paths, roster=read_roster(tmp_path / "roster.csv"))


def test_a_roster_names_the_students_and_who_is_missing(tmp_path: Path) -> None:
    gathered = with_roster(tmp_path, zipped(canvas(hand_in(tmp_path)), tmp_path / "export.zip"))
    ids = {entry.id for entry in gathered.entries}
    assert {"Doe, Jane", "Lovelace, Ada"} <= ids
    assert gathered.missing == ["Turing, Alan", "Müller, Jörg"]
    assert "nothing was handed in by Turing, Alan, Müller, Jörg" in gathered.remarks
    assert any(sentence.startswith("not in the roster: José Ñandú, ") for sentence in gathered.remarks)
    assert any("Doe, Jane handed in late, it is not told by how much" in told for told in gathered.remarks)


@pytest.mark.parametrize(
    "name", ["jdoe", "Jane Doe", "doe_jane", "JANE.DOE@x.edu", "jane.doe", "31", "Doe Jane"]
)
def test_any_way_to_write_a_student_is_found(tmp_path: Path, name: str) -> None:
    folder = unpacked(
        {f"{name}/svm.py": SVM, "Jorg Muller/svm.py": SVM, "roster.csv": "x"}, tmp_path / "class"
    )
    gathered = with_roster(tmp_path, folder)
    assert {entry.id for entry in gathered.entries} == {"Doe, Jane", "Müller, Jörg"}


def test_two_submissions_of_one_student_are_told(tmp_path: Path) -> None:
    folder = unpacked({"jdoe/svm.py": SVM, "Jane Doe.py": SVM}, tmp_path / "class")
    os.utime(folder / "jdoe", (0, 0))
    gathered = with_roster(tmp_path, folder)
    assert [entry.path.name for entry in gathered.entries] == ["Jane Doe.py"]
    assert "Doe, Jane handed in 2 times; the latest counts (Jane Doe.py)" in gathered.remarks


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty; its first line names the columns"),
        ("id\nada\nada\n", "has ada twice in its first column"),
        ("id,name\n,Ada\n", "line 2: the first column is empty; it names the student"),
        ("id,handed_in\nada,yesterday\n", "line 2: handed_in 'yesterday' is no time with a zone, such as"),
    ],
)
def test_a_roster_that_is_none(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "roster.csv").write_text(text)
    with pytest.raises(RosterError, match=sentence):
        read_roster(tmp_path / "roster.csv")


def test_a_zip_of_a_class_is_graded_in_the_commands_own_process(tmp_path: Path) -> None:
    # What reads for it is a fork, in which the zip must be opened anew.
    module = (SAMPLES / "demo" / "alan" / "cs231n" / "classifiers" / "linear_svm.py").read_bytes()
    hw = zipped({"hw/cs231n/classifiers/linear_svm.py": module}, tmp_path / "hw.zip").read_bytes()
    both = {"ada_1_771_hw.zip": hw, "bob_2_772_hw.zip": hw}
    handed_in = zipped(both, tmp_path / "class.zip")
    asked = ["--question", "svm", "--no-train", "--no-mend", "--jobs", "1", "--from", "canvas"]
    told = grader("grade", handed_in, "-o", tmp_path / "out", *asked)
    assert told.returncode == 0, told.stderr
    reports = list((tmp_path / "out").glob("*/report.json"))
    scores = [decode_report(file.read_bytes()).score for file in reports]
    assert len(scores) == 2
    assert scores[0] == scores[1] > 10


# --- a folder too high


def test_a_class_is_never_graded_as_one_student(tmp_path: Path) -> None:
    for name in ("ada", "alan"):
        shutil.copytree(SAMPLES / "demo" / "ada" / "cs231n", tmp_path / "week 3" / "hw1" / name / "cs231n")
    gathered = gather([tmp_path])
    assert [entry.id for entry in gathered.entries] == ["ada", "alan"]
    assert f"{tmp_path}/week 3 holds a class: 2 submissions" in gathered.remarks
    for command in (["check", tmp_path / "week 3"], ["check", tmp_path / "week 3" / "hw1"]):
        told = grader(*command)
        assert told.returncode == 2
        assert told.stderr.startswith(f"grader: {command[1]} holds 2 submissions; name one of them, or use ")


def test_several_folders_of_one_student_are_one_submission(tmp_path: Path) -> None:
    for name in ("assignment1", "assignment1-old", "assignment2"):
        shutil.copytree(SAMPLES / "demo" / "ada" / "cs231n", tmp_path / "class" / "ada" / name / "cs231n")
    assert [entry.id for entry in gather([tmp_path / "class"]).entries] == ["ada"]


def test_lists_beside_the_work_are_no_students(tmp_path: Path) -> None:
    names = ["grades.csv", "scores.json", "submission_metadata.yml.yaml", "notes.toml"]
    folder = unpacked({"ada/svm.py": SVM, "essay.pdf": "x"} | dict.fromkeys(names, "x"), tmp_path / "class")
    assert [entry.id for entry in gather([folder], form="plain").entries] == ["ada", "essay.pdf"]


def test_what_may_not_be_looked_at_is_nobodys_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(SAMPLES / "demo", tmp_path / "class")
    locked, stat = tmp_path / "class" / "ada", Path.stat

    def refused(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path == locked:
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, follow_symlinks=follow_symlinks)

    every = gathering.class_inside(tmp_path / "class", EDITIONS.landmarks)
    monkeypatch.setattr(Path, "stat", refused)
    assert gathering.class_inside(tmp_path / "class", EDITIONS.landmarks) == every - 1 > 1
