"""CIFAR-10 on disk, the synthetic stand-in for it, and the download.

dataset = load("auto", beside=assignment_root)
rows = dataset.preprocessed("float32")     # memory-mapped, shared by every process
folder = dataset.course_folder()           # cifar-10-batches-py, for notebooks
"""

from grader.assignment1.data.cache import DataError, cache_folder
from grader.assignment1.data.dataset import Dataset, Rows, Splits, content_hash
from grader.assignment1.data.download import ARCHIVE, Archive, fetch
from grader.assignment1.data.held_out import held_out
from grader.assignment1.data.sources import Location, Status, load, status

__all__ = [
    "ARCHIVE",
    "Archive",
    "DataError",
    "Dataset",
    "Location",
    "Rows",
    "Splits",
    "Status",
    "cache_folder",
    "content_hash",
    "fetch",
    "held_out",
    "load",
    "status",
]
