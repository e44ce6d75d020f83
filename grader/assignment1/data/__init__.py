"""CIFAR-10 on disk, the synthetic stand-in for it, and the download.

dataset = load("auto", beside=assignment_root)
rows = dataset.preprocessed("float32")     # memory-mapped, shared by every process
"""

from grader.assignment1.data.cache import DataError
from grader.assignment1.data.dataset import Dataset, Rows
from grader.assignment1.data.download import fetch
from grader.assignment1.data.held_out import held_out
from grader.assignment1.data.sources import load, status

__all__ = ["DataError", "Dataset", "Rows", "fetch", "held_out", "load", "status"]
