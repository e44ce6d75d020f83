"""Archives and folders handed in, damaged or merely odd."""

from __future__ import annotations

import io
import os
import stat
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest
from archive_samples import PACKERS, SVM, WORK, ignored, opened, refusal, tarred, zipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.assignment1.editions import EDITIONS
from grader.intake.submission import SubmissionRefused, discover, open_submission, single


@pytest.mark.parametrize("name", PACKERS)
def test_an_archive_equals_its_folder(tmp_path: Path, name: str) -> None:
    for path, data in WORK.items():
        (tmp_path / "folder" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / path).write_bytes(data)
    folder = open_submission(single(tmp_path / "folder"), EDITIONS.landmarks)
    wrapped = opened(tmp_path, name, PACKERS[name]({f"assignment1/{p}": data for p, data in WORK.items()}))
    assert wrapped.files == folder.files == WORK
    assert wrapped.sha256 == folder.sha256
    assert wrapped.root == "assignment1"


def test_the_checksum_tells_contents_and_names_apart(tmp_path: Path) -> None:
    sums = {
        opened(tmp_path, "a.zip", zipped(files)).sha256
        for files in (WORK, WORK | {"README.md": b"other"}, WORK | {"a.md": b""}, WORK | {"b.md": b""})
    }
    assert len(sums) == 4


# --- odd and hostile members


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../evil.py", "its path leads outside of the submission"),
        ("a/../../evil.py", "its path leads outside of the submission"),
        ("/etc/evil.py", "its path is absolute"),
        ("C:/evil.py", "its path is absolute"),
        ("..\\evil.py", "its path leads outside of the submission"),
        ("a\x1b[2J.py", "its name holds unprintable characters"),
        ("a\u202eyp.exe.py", "its name holds unprintable characters"),
        ("d/" * 40 + "deep.py", "its path is too long"),
    ],
)
@pytest.mark.parametrize("name_of_archive", ["a.zip", "a.tar.gz"])
def test_odd_names_are_ignored_with_a_reason(
    tmp_path: Path, name_of_archive: str, name: str, reason: str
) -> None:
    submission = opened(tmp_path, name_of_archive, PACKERS[name_of_archive](WORK | {name: b"x = 1\n"}))
    assert submission.files == WORK
    ((shown, why),) = ignored(submission).items()
    assert why == reason
    assert shown.isprintable()


def test_windows_separators_and_decomposed_names_are_understood(tmp_path: Path) -> None:
    files = {path.replace("/", "\\"): data for path, data in WORK.items()} | {"cafe\u0301.md": b"x"}
    assert set(opened(tmp_path, "a.zip", zipped(files)).files) == set(WORK) | {"café.md"}


def test_utf8_names_without_the_flag_are_understood(tmp_path: Path) -> None:
    data = bytearray(zipped(WORK | {"作业.md": b"x"}))
    while (at := data.find(b"PK\x01\x02", 0)) >= 0:
        data[at : at + 4] = b"PK\x01\xff"  # seen
        flags = struct.unpack_from("<H", data, at + 8)[0] & ~0x800
        struct.pack_into("<H", data, at + 8, flags)
        local = struct.unpack_from("<I", data, at + 42)[0]
        struct.pack_into("<H", data, local + 6, flags)
    raw = bytes(data).replace(b"PK\x01\xff", b"PK\x01\x02")
    assert "作业.md" in opened(tmp_path, "a.zip", raw).files


def test_links_devices_and_pipes_in_a_tar_are_ignored(tmp_path: Path) -> None:
    members = []
    for name, kind in [
        ("s", tarfile.SYMTYPE),
        ("h", tarfile.LNKTYPE),
        ("c", tarfile.CHRTYPE),
        ("f", tarfile.FIFOTYPE),
    ]:
        info = tarfile.TarInfo(f"{name}.py")
        info.type = kind
        info.linkname = "/etc/passwd" if name == "s" else "README.md"
        members.append(info)
    submission = opened(tmp_path, "a.tar", tarred(WORK, "w", *members))
    assert submission.files == WORK
    none = "neither a file nor a folder"
    assert ignored(submission) == {"s.py": "a link", "h.py": "a link", "c.py": none, "f.py": none}


def test_a_link_in_a_zip_is_ignored(tmp_path: Path) -> None:
    buffer = io.BytesIO(zipped(WORK))
    with zipfile.ZipFile(buffer, "a") as archive:
        info = zipfile.ZipInfo("link.py")
        info.create_system = 3
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    submission = opened(tmp_path, "a.zip", buffer.getvalue())
    assert ignored(submission) == {"link.py": "a link"}
    assert submission.files == WORK


def test_links_in_a_folder_stay_inside(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_bytes(b"secret = 1\n")
    root = tmp_path / "ada"
    root.mkdir()
    (root / "linear_svm.py").write_bytes(SVM)
    (root / "inside.py").symlink_to(root / "linear_svm.py")
    (root / "outside.py").symlink_to(tmp_path / "secret.py")
    (root / "relative.py").symlink_to("../secret.py")
    (root / "all").symlink_to("/")
    (root / "self").symlink_to(root)
    os.mkfifo(root / "pipe.py")
    submission = open_submission(single(root), EDITIONS.landmarks)
    assert submission.files == {"linear_svm.py": SVM, "inside.py": SVM}
    outside = "a link that leads outside of the submission"
    assert ignored(submission) == {
        "outside.py": outside,
        "relative.py": outside,
        "all": outside,
        "self": outside,
        "pipe.py": "neither a file nor a folder",
    }


def test_a_password_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped(WORK))
    at = data.find(b"PK\x01\x02")
    struct.pack_into("<H", data, at + 8, 1)
    assert refusal(tmp_path, "a.zip", bytes(data)).startswith("is protected by a password")


def test_the_last_of_two_members_with_one_name_counts(tmp_path: Path) -> None:
    buffer = io.BytesIO(zipped(WORK))
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("README.md", b"later\n")
    assert opened(tmp_path, "a.zip", buffer.getvalue()).files["README.md"] == b"later\n"


# --- damage


@pytest.mark.parametrize("name", PACKERS)
@pytest.mark.parametrize("share", [0.0, 0.01, 0.4, 0.7])
def test_a_cut_off_archive_is_refused_in_one_sentence(tmp_path: Path, name: str, share: float) -> None:
    files = WORK | {"cs231n/noise.py": os.urandom(40_000)}
    data = PACKERS[name](files)
    text = refusal(tmp_path, name, data[: int(len(data) * share)])
    assert text.startswith("is damaged or cut off") or text.startswith("is empty (0 bytes)")


def test_a_damaged_member_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    noise = os.urandom(5000)
    data = zipped(WORK | {"noise.py": noise})
    submission = opened(tmp_path, "a.zip", data.replace(noise[2000:2100], bytes(100)))
    assert submission.files == WORK
    assert ignored(submission) == {"noise.py": "damaged in the archive"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(PACKERS)),
    changes=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=12
    ),
)
def test_changed_bytes_never_crash(tmp_path: Path, name: str, changes: list[tuple[float, int]]) -> None:
    data = bytearray(PACKERS[name](WORK))
    for place, value in changes:
        data[int(place * len(data))] = value
    try:
        submission = opened(tmp_path, name, bytes(data))
    except SubmissionRefused:
        return
    assert sum(map(len, submission.files.values())) < 1 << 20


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["a.zip", "a.tar.gz"]),
    members=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30),
        st.binary(max_size=300),
        max_size=6,
    ),
)
def test_any_names_and_contents_are_read_or_told(
    tmp_path: Path, name: str, members: dict[str, bytes]
) -> None:
    submission = opened(tmp_path, name, PACKERS[name](members | WORK))
    assert set(WORK) <= set(submission.files)
    for path in submission.files:
        assert path.isprintable()
        assert not path.startswith("/")
        assert ".." not in path.split("/")
    for item in submission.ignored:
        assert item.path.isprintable()
        assert item.reason


# --- an archive inside


def test_an_archive_alone_in_a_folder_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "ada"
    folder.mkdir()
    (folder / "assignment1.zip").write_bytes(zipped(WORK))
    (folder / "inline.pdf").write_bytes(b"%PDF")
    submission = open_submission(single(folder), EDITIONS.landmarks)
    assert submission.files == WORK
    assert submission.notes == ("the archive assignment1.zip inside was opened",)


def test_an_archive_alone_in_an_archive_is_opened_once_only(tmp_path: Path) -> None:
    inner = zipped(WORK | {"deeper.zip": zipped({"deep.py": b"x = 1\n"})})
    submission = opened(tmp_path, "a.zip", zipped({"sub/a1_code_submission.zip": inner}))
    assert submission.files == WORK
    assert ignored(submission) == {"deeper.zip": "an archive within an archive"}


def test_an_archive_beside_plain_files_is_not_opened(tmp_path: Path) -> None:
    submission = opened(
        tmp_path, "a.zip", zipped(WORK | {"old.zip": zipped({"softmax.py": b"def x(): pass"})})
    )
    assert submission.files == WORK
    assert ignored(submission) == {"old.zip": "an archive beside the plain files"}


def test_several_archives_alone_are_refused(tmp_path: Path) -> None:
    text = refusal(tmp_path, "a.zip", zipped({"v1.zip": zipped(WORK), "v2.zip": zipped(WORK)}))
    assert text == "holds several archives and no plain files (v1.zip, v2.zip); hand in one"


def test_a_damaged_archive_inside_is_named(tmp_path: Path) -> None:
    text = refusal(tmp_path, "a.zip", zipped({"b.zip": zipped(WORK)[:80]}))
    assert text.startswith("holds only the archive b.zip, which is damaged or cut off")


def test_nothing_is_written_beside_what_was_handed_in(tmp_path: Path) -> None:
    opened(tmp_path, "a.zip", zipped(WORK | {"../evil.py": b"x"}))
    discover(tmp_path, landmarks=EDITIONS.landmarks)
    assert [path.name for path in tmp_path.rglob("*")] == ["a.zip"]
