"""The seed that a class is graded by: drawn once for a folder of results, kept there for its owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from grader.batch.store import OutputError

__all__ = ["MOST_SEED", "SEED_FILE", "kept_seed"]

SEED_FILE = "secret_seed.txt"
#: Too many to be tried one after another, and a whole number in every reader of JSON.
MOST_SEED = 2**53 - 1


def kept_seed(output: Path) -> int:
    """The seed that is kept in the folder of results; drawn when it is first asked for.

    Raises:
        OutputError: it cannot be written, or what is there is no seed.
    """
    file = output / SEED_FILE
    try:
        return _drawn(file)
    except FileExistsError:
        return _read(file)
    except OSError as error:
        raise OutputError(f"{file} cannot be written ({error.strerror})") from None


def _drawn(file: Path) -> int:
    seed = secrets.randbelow(MOST_SEED + 1)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as new:
        new.write(f"{seed}\n")
    return seed


def _read(file: Path) -> int:
    try:
        seed = int(file.read_text("ascii"))
    except OSError as error:
        raise OutputError(f"{file} cannot be read ({error.strerror})") from None
    except ValueError:
        seed = -1
    if not 0 <= seed <= MOST_SEED:
        raise OutputError(f"{file} holds no seed; delete it, and all is graded anew by another")
    return seed
