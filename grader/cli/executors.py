"""Where a batch is graded, as it is named on the command line."""

from __future__ import annotations

from grader.batch.executor import Executor
from grader.cli.options import OptionError

__all__ = ["executor_named"]


def executor_named(name: str, scheduler: str | None) -> Executor | None:
    """None for this machine.

    Raises:
        OptionError: the options do not go together, or what a cluster needs is not installed.
    """
    if name == "local" and scheduler is None:
        return None
    if name != "dask":
        raise OptionError(f"--executor {name!r} is none of local, dask; --scheduler belongs to dask")
    if scheduler is None:
        raise OptionError("--executor dask needs --scheduler, the address that `dask scheduler` prints")
    try:
        # Only who has a cluster has what it takes.
        from grader.batch.cluster import Cluster
    except ModuleNotFoundError as error:
        raise OptionError(f"--executor dask needs {error.name}: pip install distributed") from None
    return Cluster(scheduler)
