"""Small changes to the text of cells and modules, line by line, before they are run.

`for_today` mends what stopped working since; `shrunk` makes a run take seconds. Neither moves a line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["QUICK", "for_today", "larger_sizes", "quick_sizes", "shrunk", "sizes_within"]

#: Images a quick run has: five batches of training images, and one of test images.
QUICK: Mapping[str, int] = {"batch": 1000, "test": 500}
#: More than 3,072 training images: some correct code samples as many rows as a row has entries.
_SPLITS: Mapping[str, int] = {"training": 3500, "validation": 500, "val": 500, "test": 500, "dev": 50}
_KNN_SPLITS: Mapping[str, int] = {**_SPLITS, "training": 500, "test": 50}
#: For the few notebooks that name an image beyond these.
_MORE: Mapping[str, int] = {**_SPLITS, "dev": 500}
_MORE_TESTS: Mapping[str, int] = {**_KNN_SPLITS, "test": 500}
#: The same in k-NN, and for those that take pixels for neighbours (four fifths > 3,072).
_MORE_TRAINING: Mapping[str, int] = {**_KNN_SPLITS, "training": 5000}

#: An index into images, or a shape with one of the course's sizes written out.
_COUNTS_IMAGES = re.compile(
    r"^index \d{2,5} is out of bounds|into shape \([1-9]\d{3}|\b(5000|10000|48000|49000|50000)\b"
)
_SIZE = re.compile(r"\b(num_(training|validation|val|test|dev)(?:: int)?[ \t]*=[ \t]*)(\d+)\b")
_BATCH_ROWS = re.compile(r"\breshape\((\s*\(?\s*)10000\s*,")
_TRAINING_ROWS = re.compile(r"\breshape\((\s*\(?\s*)49000\s*,")
#: `uniform_filter(…)[cx/2::cx, cy/2::cy]`: an index was an integer in Python 2.
_HALF_INDEX = re.compile(r"\b(c[xy])\s*/\s*2\s*::")
#: The naive loss is asked for twice in each of the ten numerical checks of a gradient.
_CHECKS = re.compile(r"\brange\(num_checks\)")
#: Where Colab's notebooks ask for the folder on the author's Drive.
_NO_FOLDER = re.compile(r"^([ \t]*FOLDERNAME[ \t]*=[ \t]*)None\b", re.MULTILINE)


def for_today(source: str) -> str:
    """The text with integer indices, and a folder name where Colab's notebooks have none yet."""
    text = _HALF_INDEX.sub(r"\1//2::", source)
    return _NO_FOLDER.sub(r"\1'cs231n/assignments/assignment1/'", text)


def quick_sizes(question: str) -> Mapping[str, int]:
    """How many images each split has at most in a quick run of that question's notebook."""
    return _KNN_SPLITS if question == "knn" else _SPLITS


def larger_sizes(question: str, lacking: str) -> Mapping[str, int] | None:
    """The sizes for a second quick run, if the error `lacking` may come of the first one's few images."""
    if not _COUNTS_IMAGES.search(lacking):
        return None
    if question != "knn":
        return _MORE
    return _MORE_TESTS if lacking.endswith(f"axis 0 with size {_KNN_SPLITS['test']}") else _MORE_TRAINING


def sizes_within(train: int, test: int) -> Mapping[str, int] | None:
    """The largest splits that so many images allow; None if there are as many as the course has."""
    if train >= 50_000 and test >= 10_000:
        return None
    held = train // 10
    return {"training": train - held, "validation": held, "val": held, "test": min(test, 1000), "dev": 500}


def shrunk(source: str, sizes: Mapping[str, int]) -> str:
    """The text with smaller splits, fewer numerical checks, and batches of whatever size."""

    def smaller(found: re.Match[str]) -> str:
        # Longer numbers than any split make int() refuse.
        number = found[3]
        return found[1] + (number if len(number) > 9 else str(min(int(number), sizes[found[2]])))

    source = _CHECKS.sub("range(min(num_checks, 3))", source)
    source = _TRAINING_ROWS.sub(rf"reshape(\g<1>{sizes['training']},", source)
    return _SIZE.sub(smaller, _BATCH_ROWS.sub(r"reshape(\g<1>-1,", source))
