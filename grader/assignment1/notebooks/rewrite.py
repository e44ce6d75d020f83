"""Small changes to the text of cells and modules, line by line, before they are run.

`for_today` mends what stopped working since; `shrunk` makes a run take seconds. Neither moves a line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.student.notebooks.course import Sizes

__all__ = ["NEIGHBOUR_SIZES", "QUICK", "SIZES", "QuickSizes", "for_today", "shrunk", "sizes_within"]

#: Images a quick run has: five batches of training images, and one of test images.
QUICK: Sizes = {"batch": 1000, "test": 500}
#: More than 3,072 training images: some correct code samples as many rows as a row has entries.
_SPLITS: Sizes = {"training": 3500, "validation": 500, "val": 500, "test": 500, "dev": 50}
_KNN_SPLITS: Sizes = {**_SPLITS, "training": 500, "test": 50}

#: An index into images, or a shape with one of the course's sizes written out.
_COUNTS_IMAGES = re.compile(
    r"^index \d{2,5} is out of bounds|into shape \([1-9]\d{3}|\b(5000|10000|48000|49000|50000)\b"
)
#: The course's size of a split and a quick run's: an error that names both is of arrays that should agree.
_PAIRS = (("500", "50"), ("5000", "500"), ("1000", "500"), ("49000", "3500"))
_SIZE = re.compile(r"\b(num_(training|validation|val|test|dev)(?:: int)?[ \t]*=[ \t]*)(\d+)\b")
_BATCH_ROWS = re.compile(r"\breshape\((\s*\(?\s*)10000\s*,")
_TRAINING_ROWS = re.compile(r"\breshape\((\s*\(?\s*)49000\s*,")
#: The naive loss is asked for twice in each of the ten numerical checks of a gradient.
_CHECKS = re.compile(r"\brange\(num_checks\)")
#: Where Colab's notebooks ask for the folder on the author's Drive.
_NO_FOLDER = re.compile(r"^([ \t]*FOLDERNAME[ \t]*=[ \t]*)None\b", re.MULTILINE)


def for_today(source: str) -> str:
    """The text with a folder name where Colab's notebooks have none yet."""
    return _NO_FOLDER.sub(r"\1'cs231n/assignments/assignment1/'", source)


@dataclass(frozen=True)
class QuickSizes:
    """The splits of a quick run, of one that lacks images, and of one that lacks only test images."""

    first: Sizes
    more: Sizes
    more_tests: Sizes | None = None

    def larger(self, lacking: str) -> Sizes | None:
        """The sizes for a second quick run, if the error `lacking` may come of the first one's few images."""
        numbers = re.findall(r"\d+", lacking)
        if not _COUNTS_IMAGES.search(lacking) and not any({*pair} <= {*numbers} for pair in _PAIRS):
            return None
        few_tests = lacking.endswith(f"axis 0 with size {self.first['test']}")
        return self.more_tests if self.more_tests is not None and few_tests else self.more


def sizes_within(train: int, test: int) -> Sizes | None:
    """The largest splits that so many images allow; None if there are as many as the course has."""
    if train >= 50_000 and test >= 10_000:
        return None
    held = train // 10
    return {"training": train - held, "validation": held, "val": held, "test": min(test, 1000), "dev": 500}


def shrunk(source: str, sizes: Sizes) -> str:
    """The text with smaller splits, fewer numerical checks, and batches of whatever size."""

    def smaller(found: re.Match[str]) -> str:
        # Longer numbers than any split make int() refuse.
        number = found[3]
        return found[1] + (number if len(number) > 9 else str(min(int(number), sizes[found[2]])))

    source = _CHECKS.sub("range(min(num_checks, 3))", source)
    source = _TRAINING_ROWS.sub(rf"reshape(\g<1>{sizes['training']},", source)
    return _SIZE.sub(smaller, _BATCH_ROWS.sub(r"reshape(\g<1>-1,", source))


#: More for the few notebooks that name an image beyond these.
SIZES = QuickSizes(_SPLITS, {**_SPLITS, "dev": 500})
#: More for those that take pixels for neighbours (four fifths > 3,072).
NEIGHBOUR_SIZES = QuickSizes(
    _KNN_SPLITS, {**_KNN_SPLITS, "training": 5000}, more_tests={**_KNN_SPLITS, "test": 500}
)
