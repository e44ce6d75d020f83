"""The faces: commands, their options, and the Jupyter magic."""

import sys

__all__ = ["main"]


def main() -> None:
    """The console script `grader`; also its imports can be interrupted without a traceback."""
    try:
        from grader.cli import commands

        commands.main()
    except KeyboardInterrupt:
        sys.exit(130)
