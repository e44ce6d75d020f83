"""The faces: commands, their options, and the Jupyter magic."""

import gc
import sys

__all__ = ["main"]


def main() -> None:
    """The console script `grader`; also its imports can be interrupted without a traceback."""
    try:
        # What is imported stays: looking through it for what can be let go takes a tenth of the start.
        gc.disable()
        from grader.cli import commands

        gc.freeze()
        gc.enable()
        commands.main()
    except KeyboardInterrupt:
        sys.exit(130)
