"""A batch on a cluster of `dask.distributed`: judge processes beside its workers, on many machines.

Submissions are read here and travel as bytes; what classes are trained on is found, or drawn, on each machine
and compared by its key. A worker whose machine would grade otherwise than this one is refused by name.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter, deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from distributed import Client, Future, WorkerPlugin, get_worker, wait

from grader.batch.executor import ENDED, ExecutorError, JudgeProcess, Listener, judges_folder
from grader.batch.judge import GradedEntry, Handed, failed
from grader.batch.plan import Batch
from grader.batch.store import REPORT_FILE
from grader.grade import describe_environment, open_entry
from grader.intake.submission import Entry
from grader.report.feedback import FEEDBACK
from grader.sandbox.workplace import remove_tree

__all__ = ["Cluster"]

_CONNECT_S = 20
_CHANCES = 2
#: What of an environment decides how work is graded, beside the level of the sandbox.
_ALIKE = ("grader", "python", "numpy", "data", "data_key")
_JUDGES = "grader-judges"


class Cluster:
    """Grades on the workers of the scheduler at an address such as `tcp://10.0.0.1:8786`."""

    def __init__(self, scheduler: str) -> None:
        self.scheduler = scheduler

    def outcomes(
        self, batch: Batch, entries: Sequence[Entry], watch: Listener
    ) -> Generator[tuple[Entry, GradedEntry], None, None]:
        """
        Raises:
            ExecutorError: there is no such cluster, or a worker of it that would grade otherwise.
        """
        with _connected(self.scheduler) as client, _judges(client, replace(batch, entries=())):
            _require_alike(client, batch)
            yield from _graded(client, batch, entries, watch)


@contextlib.contextmanager
def _connected(scheduler: str) -> Iterator[Client]:
    try:
        client = Client(scheduler, timeout=_CONNECT_S)
    except (OSError, ValueError) as error:
        raise ExecutorError(f"no dask scheduler answers at {scheduler} ({error})") from None
    with client:
        if not client.nthreads():
            raise ExecutorError(
                f"the scheduler at {scheduler} has no workers; start some: dask worker {scheduler}"
            )
        yield client


@contextlib.contextmanager
def _judges(client: Client, batch: Batch) -> Iterator[None]:
    client.register_plugin(Judges(batch), name=_JUDGES)
    try:
        yield
    finally:
        client.unregister_worker_plugin(_JUDGES)


def _require_alike(client: Client, batch: Batch) -> None:
    """Refuse the workers whose machines lack the level, the data or the versions that this one has."""
    wanted = _described(batch)
    asked = {
        address: client.submit(_described, replace(batch, entries=()), workers=[address], pure=False)
        for address in client.nthreads()
    }
    for address, future in asked.items():
        try:
            found = future.result()
        except Exception as error:  # noqa: BLE001 - whatever it is, that worker is of no use
            raise ExecutorError(
                f"the worker {address} cannot grade: {type(error).__name__}: {error}"
            ) from None
        for name in _ALIKE:
            if found[name] != wanted[name]:
                both = f"{name} {found[name]} there, {wanted[name]} here"
                raise ExecutorError(f"the worker {address} would grade otherwise: {both}")


def _described(batch: Batch) -> Mapping[str, Any]:
    """The environment of this machine, at the level that the batch is graded at, and the key of its data.

    Raises:
        SandboxError: the machine does not offer the level.
    """
    training = batch.job.setting.training
    with batch.sandbox.build() as wall:
        environment = describe_environment(batch.job, wall)
    return environment | {"data_key": training.key if training is not None else None}


def _graded(
    client: Client, batch: Batch, entries: Sequence[Entry], watch: Listener
) -> Generator[tuple[Entry, GradedEntry], None, None]:
    """Each entry with its outcome; what a process was at when it ended unexpectedly gets one other chance."""
    waiting, lost = deque(entries), Counter[str]()
    at: dict[Future, Entry] = {}
    while waiting or at:
        # As many again as are at work lie ready, and no more: the rest stays on disk.
        while waiting and len(at) < 2 * max(sum(client.nthreads().values()), 1):
            entry = waiting.popleft()
            watch.begun(entry)
            at[client.submit(_grade, _opened(entry, batch), _stored(entry, batch), pure=False)] = entry
        for future in wait(list(at), return_when="FIRST_COMPLETED").done:
            entry = at.pop(future)
            outcome = _outcome(future, entry, batch)
            if outcome is None and lost[entry.id] + 1 < _CHANCES:
                lost[entry.id] += 1
                waiting.appendleft(entry)
            else:
                yield entry, outcome or failed(entry.id, batch.job, ENDED, {})


def _outcome(future: Future, entry: Entry, batch: Batch) -> GradedEntry | None:
    try:
        outcome: GradedEntry | None = future.result()
    except Exception as error:  # noqa: BLE001 - one submission must not take the batch along
        return failed(entry.id, batch.job, f"{type(error).__name__}: {error}", {})
    return outcome


def _opened(entry: Entry, batch: Batch) -> Handed:
    return open_entry(entry, batch.job.assignment.editions.landmarks_of(batch.job.edition))


def _stored(entry: Entry, batch: Batch) -> dict[str, bytes]:
    """The report of an earlier run; of the pages beside it only the names count."""
    folder = batch.output / entry.id
    try:
        return {REPORT_FILE: (folder / REPORT_FILE).read_bytes()} | {
            page.name: b"" for page in folder.glob(f"*{FEEDBACK}")
        }
    except OSError:
        return {}


# --- on a worker's machine ------------------------------------------------------------------------------


def _grade(handed: Handed, stored: Mapping[str, bytes]) -> GradedEntry | None:
    judges: Judges = get_worker().plugins[_JUDGES]
    return judges.grade(handed, stored)


class Judges(WorkerPlugin):  # type: ignore[misc]
    """The judge processes beside one worker: as many as it has threads, started when they are needed."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def setup(self, worker: object) -> None:
        self._folder, self._lock = judges_folder(), threading.Lock()
        self._all: list[JudgeProcess] = []
        self._idle: list[JudgeProcess] = []

    def teardown(self, worker: object) -> None:
        with self._lock:
            for judge in self._all:
                judge.end(0)
        with contextlib.suppress(OSError):  # what a killed judge's workers are still writing
            remove_tree(self._folder)

    def grade(self, handed: Handed, stored: Mapping[str, bytes]) -> GradedEntry | None:
        """What came of it; None when the judge ended unexpectedly."""
        with self._reminded(handed.id, stored):
            judge = self._free()
            judge.give(handed)
            while isinstance(said := judge.hear(), str):
                pass
        with self._lock:
            if said is None:
                self._all.remove(judge)
                judge.end(0)
            else:
                self._idle.append(judge)
        return said

    def _free(self) -> JudgeProcess:
        with self._lock:
            if self._idle:
                return self._idle.pop()
            judge = JudgeProcess(replace(self._batch, output=self._folder), self._folder)
            self._all.append(judge)
            return judge

    @contextlib.contextmanager
    def _reminded(self, name: str, stored: Mapping[str, bytes]) -> Iterator[None]:
        """What is stored of it lies meanwhile where judges look for it."""
        folder = self._folder / name
        folder.mkdir(mode=0o700)
        try:
            for file, data in stored.items():
                (folder / file).write_bytes(data)
            yield
        finally:
            remove_tree(folder)
