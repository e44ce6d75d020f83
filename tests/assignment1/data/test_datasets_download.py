"""The download: checked, resumed, unpacked safely, and one sentence when it fails."""

import hashlib
import io
import socket
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from grader.assignment1.data import DataError, fetch, load
from grader.assignment1.data.batch_writer import write_layout
from grader.assignment1.data.download import ARCHIVE, Archive, unpack

FOLDER = "cifar-10-batches-py"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CIFAR10_DIR", raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "cache"


def packed(tmp_path: Path) -> bytes:
    folder = tmp_path / "packing" / FOLDER
    folder.mkdir(parents=True)
    rng = np.random.RandomState(0)
    X, y = rng.randint(0, 256, (1000, 32, 32, 3)).astype(np.uint8), rng.randint(0, 10, 1000)
    write_layout(folder, (X, y), (X[:10], y[:10]))
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as archive:
        archive.add(folder, FOLDER)
    return stream.getvalue()


class Server:
    """Serves one file; may break off, ignore ranges, or answer with an error."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.break_off_after: int | None = None
        self.knows_ranges = True
        self.status = 200
        self.starts: list[int] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, self))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.archive = Archive(
            f"http://127.0.0.1:{self._http.server_port}/cifar.tar.gz",
            hashlib.md5(content).hexdigest(),
            len(content),
        )

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class Handler(BaseHTTPRequestHandler):
    def __init__(self, server: Server, *args: object) -> None:
        self.serving = server
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        start = (
            int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.serving.knows_ranges else 0
        )
        self.serving.starts.append(start)
        rest = self.serving.content[start:]
        self.send_response(206 if start else self.serving.status)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest[: self.serving.break_off_after])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(packed(tmp_path))
    yield server
    server.close()


def test_it_is_downloaded_once_and_then_found(server: Server, cache: Path) -> None:
    heard: list[tuple[int, int]] = []
    folder = fetch(lambda done, total: heard.append((done, total)), server.archive)
    assert fetch(archive=server.archive) == folder
    assert server.starts == [0]
    assert heard[-1] == (server.archive.size, server.archive.size)
    assert len(load("auto").X_train) == 800
    assert sorted(path.name for path in cache.iterdir() if "images" not in path.name) == [
        "cifar-10",
        "cifar-10.lock",
    ]


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_it_goes_on_where_it_broke_off(server: Server, knows_ranges: bool) -> None:
    server.break_off_after = 1_000_000
    with pytest.raises(DataError, match="going on from what has arrived"):
        fetch(archive=server.archive)
    server.break_off_after, server.knows_ranges = None, knows_ranges
    fetch(archive=server.archive)
    first, second = server.starts
    assert first == 0
    assert (900_000 < second <= 1_000_000) if knows_ranges else (second == 0)  # a piece may be lost


def test_another_content_is_refused_and_forgotten(server: Server, cache: Path) -> None:
    right = server.content
    server.content = right[:-100] + bytes(100)
    with pytest.raises(DataError, match=r"is not CIFAR-10 .* deleted, try again"):
        fetch(archive=server.archive)
    assert [path.name for path in cache.iterdir()] == ["cifar-10.lock"]
    server.content = right + b"more"
    with pytest.raises(DataError, match="is not CIFAR-10"):
        fetch(archive=server.archive)
    server.content = right
    fetch(archive=server.archive)


def test_an_error_of_the_server_is_one_sentence(server: Server) -> None:
    server.status = 503
    with pytest.raises(
        DataError, match=r"127\.0\.0\.1 answered 503; try again later, or use --data synthetic"
    ):
        fetch(archive=server.archive)


def test_offline_is_one_sentence() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, but nobody listens
        archive = Archive(f"http://127.0.0.1:{unused.getsockname()[1]}/x.tar.gz", ARCHIVE.md5, 10)
        with pytest.raises(
            DataError, match=r"not downloaded: 127\.0\.0\.1 cannot be reached; try again later"
        ) as refused:
            fetch(archive=archive)
    assert "\n" not in str(refused.value)


def hostile(tmp_path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    path = tmp_path / "hostile.tar"
    with tarfile.open(path, "w") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def link(name: str, target: str, kind: bytes) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member, b""


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_unpacking_takes_nothing_but_the_files_it_knows(tmp_path: Path, kind: bytes) -> None:
    members = [
        (tarfile.TarInfo("../outside"), b"x"),
        (tarfile.TarInfo(f"{tmp_path}/absolute"), b"x"),
        (tarfile.TarInfo(f"{FOLDER}/../outside"), b"x"),
        (tarfile.TarInfo(f"{FOLDER}/other"), b"x"),
        link(f"{FOLDER}/data_batch_1", "/etc/passwd", kind),
    ]
    target = tmp_path / "into" / FOLDER
    target.parent.mkdir()
    with pytest.raises(DataError, match=r"lacks cifar-10-batches-py/batches\.meta"):
        unpack(hostile(tmp_path, *members), target)
    assert list(target.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hostile.tar", "into"]


def test_an_archive_cut_short_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "cut.tar.gz").write_bytes(packed(tmp_path)[:100_000])
    with pytest.raises(DataError, match="damaged"):
        unpack(tmp_path / "cut.tar.gz", tmp_path / FOLDER)
