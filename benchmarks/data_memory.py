"""How much memory eight workers take that train on the same preprocessed rows.

    python benchmarks/data_memory.py [--data synthetic|DIR|NPZ] [--workers 8] [--dtype float32]

Every worker maps the rows, reads all of them as training would (minibatches) and reports, while all are
alive: its resident memory (which counts shared pages in full), its proportional share of it, and what is its
own alone. Copies of the data would show as the last.
"""

from __future__ import annotations

import argparse
import multiprocessing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import numpy as np

from grader.assignment1.data import load

FIELDS = {"resident": ["Rss"], "share": ["Pss"], "own": ["Private_Clean", "Private_Dirty"]}
BATCH = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default="synthetic")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    options = parser.parse_args()
    rows = load(options.data).preprocessed(options.dtype)
    print(f"{rows.X_train.shape} {options.dtype}, {rows.X_train.nbytes / 1e6:.0f} MB on disk")
    report(measure(rows.given, options.workers))


def measure(given: Path, workers: int) -> list[dict[str, float]]:
    context = multiprocessing.get_context("spawn")
    together, answers = context.Barrier(workers), context.SimpleQueue()
    processes = [context.Process(target=work, args=(given, together, answers)) for _ in range(workers)]
    for process in processes:
        process.start()
    found = [answers.get() for _ in processes]
    for process in processes:
        process.join()
    return found


def work(given: Path, together: Barrier, answers: multiprocessing.SimpleQueue[dict[str, float]]) -> None:
    before = memory()
    X_train = np.load(given / "X_train.npy", mmap_mode="r")
    W = np.zeros((X_train.shape[1], 10), X_train.dtype)
    for rows in np.array_split(np.random.RandomState(0).permutation(len(X_train)), len(X_train) // BATCH):
        X_train[rows] @ W
    together.wait()
    found = {"started with": before["resident"], **memory()}
    together.wait()
    answers.put(found)


def memory() -> dict[str, float]:
    """Megabytes of this process, as Linux counts them."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {name: int(rest.split()[0]) for name, rest in (line.split(":") for line in lines)}
    return {title: sum(kilobytes[name] for name in names) / 1e3 for title, names in FIELDS.items()}


def report(found: list[dict[str, float]]) -> None:
    print("MB per worker   " + "".join(f"{title:>14}" for title in found[0]))
    for number, worker in enumerate(found, start=1):
        print(f"{number:13}   " + "".join(f"{value:14.0f}" for value in worker.values()))
    print(f"all together take {sum(worker['share'] for worker in found):.0f} MB")


if __name__ == "__main__":
    main()
