"""CIFAR-10 on disk, the synthetic stand-in for it, and the download.

dataset = load("auto", beside=assignment_root)
rows = dataset.preprocessed("float32")     # memory-mapped, shared by every process
folder = dataset.course_folder()           # cifar-10-batches-py, for notebooks
"""

from grader.datasets.cache import DataError, cache_folder
from grader.datasets.dataset import Dataset, Rows, Splits, content_hash
from grader.datasets.download import ARCHIVE, Archive, fetch
from grader.datasets.sources import Place, Status, load, status

__all__ = [
    "ARCHIVE",
    "Archive",
    "DataError",
    "Dataset",
    "Place",
    "Rows",
    "Splits",
    "Status",
    "cache_folder",
    "content_hash",
    "fetch",
    "load",
    "status",
]
