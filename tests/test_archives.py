"""Reading what was handed in: archives and folders damaged, hostile or merely odd, and fat notebooks."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import stat
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.handed_in import Caps
from grader.outputs import slim_notebook
from grader.submission import Submission, SubmissionRefused, discover, open_submission, single

SVM = b"def svm_loss_naive(W, X, y, reg):\n    pass\n"
WORK = {"cs231n/classifiers/linear_svm.py": SVM, "cs231n/data_utils.py": b"x = 1\n", "README.md": b"mine\n"}


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(files: dict[str, bytes], mode: str = "w:gz", *extra: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in extra:
            archive.addfile(info)
    return buffer.getvalue()


def opened(folder: Path, name: str, data: bytes, caps: Caps | None = None) -> Submission:
    (folder / name).write_bytes(data)
    return open_submission(single(folder / name), caps)


def refusal(folder: Path, name: str, data: bytes, caps: Caps | None = None) -> str:
    with pytest.raises(SubmissionRefused) as refused:
        opened(folder, name, data, caps)
    text = str(refused.value)
    assert text.startswith(name + " ")
    assert "\n" not in text
    return text.removeprefix(name + " ")


@contextlib.contextmanager
def memory_below(limit: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


def ignored(submission: Submission) -> dict[str, str]:
    return {item.path: item.reason for item in submission.ignored}


PACKERS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "a.zip": zipped,
    "a.tar": lambda files: tarred(files, "w"),
    "a.tar.gz": tarred,
    "a.tgz": tarred,
    "a.tar.bz2": lambda files: tarred(files, "w:bz2"),
    "a.tar.xz": lambda files: tarred(files, "w:xz"),
    "misnamed.rar": zipped,
}


@pytest.mark.parametrize("name", PACKERS)
def test_an_archive_equals_its_folder(tmp_path: Path, name: str) -> None:
    for path, data in WORK.items():
        (tmp_path / "folder" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / path).write_bytes(data)
    folder = open_submission(single(tmp_path / "folder"))
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
    submission = open_submission(single(root))
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


# --- bombs


def test_a_member_that_unpacks_enormously_is_not_read(tmp_path: Path) -> None:
    submission = opened(tmp_path, "a.zip", zipped(WORK | {"bomb.py": bytes(40 << 20)}))
    assert ignored(submission) == {"bomb.py": "it unpacks to hundreds of times its size"}


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tar.bz2", "a.tar.xz"])
def test_a_tar_that_unpacks_enormously_is_refused(tmp_path: Path, name: str) -> None:
    data = PACKERS[name]({"bomb.bin": bytes(60 << 20)} | WORK)
    with memory_below(40 << 20):
        text = refusal(tmp_path, name, data)
    assert text.startswith("unpacks to hundreds of times its size")


def test_a_long_name_in_a_tar_cannot_fill_memory(tmp_path: Path) -> None:
    info = tarfile.TarInfo("././@LongLink")
    info.type = tarfile.GNUTYPE_LONGNAME
    info.size = 200 << 20
    packed = gzip.compress(tarred({}, "w", info)[:512] + bytes(200 << 20))
    with memory_below(80 << 20):
        refusal(tmp_path, "a.tar.gz", packed)


def test_a_forged_central_directory_cannot_fill_memory(tmp_path: Path) -> None:
    data = bytes(20 << 20) + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 20 << 20, 0, 0)
    text = refusal(tmp_path, "a.zip", b"PK\3\4" + data)
    assert text.startswith("lists more files than any assignment has")


def test_caps_on_entries_size_and_total(tmp_path: Path) -> None:
    many = WORK | {f"{i}.py": b"" for i in range(50)}
    assert refusal(tmp_path, "a.zip", zipped(many), Caps(entries=40)).startswith("holds more than 40 files")
    large = WORK | {"large.py": os.urandom(3000)}
    submission = opened(tmp_path, "a.zip", zipped(large), Caps(source=2048))
    assert ignored(submission) == {"large.py": "larger than 2 kB"}
    heavy = WORK | {f"{i}.py": os.urandom(1 << 19) for i in range(4)}
    assert refusal(tmp_path, "a.tar", tarred(heavy, "w"), Caps(total=1 << 20)).startswith(
        "unpacks to more than 1 MB"
    )


def test_a_very_deep_folder_is_not_followed_down(tmp_path: Path) -> None:
    (tmp_path / "linear_svm.py").write_bytes(SVM)
    deep = tmp_path
    for _ in range(60):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "x.py").write_bytes(b"x = 1\n")
    submission = open_submission(single(tmp_path))
    assert list(submission.files) == ["linear_svm.py"]
    assert list(ignored(submission).values()) == ["its path is too long"]


# --- an archive inside


def test_an_archive_alone_in_a_folder_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "ada"
    folder.mkdir()
    (folder / "assignment1.zip").write_bytes(zipped(WORK))
    (folder / "inline.pdf").write_bytes(b"%PDF")
    submission = open_submission(single(folder))
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
    discover(tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["a.zip"]


# --- notebooks


def fat_notebook(picture: int, log: str = "validation accuracy: 0.39\n", cells: int = 1) -> bytes:
    png = {
        "output_type": "display_data",
        "data": {"image/png": "iVBORw0KGgo" + "A" * picture},
        "metadata": {},
    }
    text = {"output_type": "stream", "name": "stdout", "text": [log]}
    cell = {"cell_type": "code", "metadata": {}, "outputs": [text, png], "source": ['print("outputs": [")\n']}
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": [cell] * cells}, indent=1).encode()


def without_outputs(value: object) -> object:
    if isinstance(value, dict):
        return {key: [] if key == "outputs" else without_outputs(item) for key, item in value.items()}
    return [without_outputs(item) for item in value] if isinstance(value, list) else value


def test_pictures_go_and_printed_text_stays() -> None:
    fat = fat_notebook(1 << 20)
    slim = slim_notebook(fat)
    assert len(slim) < 2000
    assert without_outputs(json.loads(slim)) == without_outputs(json.loads(fat))
    assert json.loads(slim)["cells"][0]["outputs"][0]["text"] == ["validation accuracy: 0.39\n"]


def test_a_small_notebook_stays_as_it_is() -> None:
    assert slim_notebook(fat_notebook(1000)) == fat_notebook(1000)


def test_a_hundred_megabytes_of_outputs_cost_little(tmp_path: Path) -> None:
    data = fat_notebook(5 << 20, cells=20)
    (tmp_path / "svm.ipynb").write_bytes(data)
    with memory_below(len(data) * 6 // 5):
        submission = open_submission(single(tmp_path))
    assert len(submission.files["svm.ipynb"]) < 20_000


def test_a_notebook_fat_without_its_outputs_is_put_aside(tmp_path: Path) -> None:
    fat = json.dumps({"cells": [{"cell_type": "markdown", "source": "x" * (21 << 20)}]}).encode()
    (tmp_path / "linear_svm.py").write_bytes(SVM)
    (tmp_path / "svm.ipynb").write_bytes(fat)
    assert ignored(open_submission(single(tmp_path))) == {
        "svm.ipynb": "larger than 20 MB without its saved outputs"
    }


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(['"', "\\", '\\"outputs": [', "]"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["outputs", "source", 'a"', "\\"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, 1]), st.booleans())
def test_slimming_changes_nothing_but_outputs(value: object, indent: int | None, ascii_only: bool) -> None:
    padded = {"cells": [value], "outputs": ["y" * 70_000, value]}
    slim = slim_notebook(json.dumps(padded, indent=indent, ensure_ascii=ascii_only).encode())
    assert len(slim) < 60_000
    assert without_outputs(json.loads(slim)) == without_outputs(padded)


@given(st.binary(max_size=200), st.integers(0, 3))
def test_slimming_takes_anything(data: bytes, times: int) -> None:
    key = b'"outputs": ['
    assert isinstance(slim_notebook(data + key * times + data), bytes)


@pytest.mark.parametrize("inside", [b"[", b'"', b'"\\', b"\\", b'"a",', b"{"])
def test_endless_outputs_end_soon(inside: bytes) -> None:
    data = b'{"outputs": [' + inside * (3_000_000 // len(inside))
    assert slim_notebook(data) == data
