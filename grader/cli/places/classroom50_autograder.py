"""Classroom 50 runs this for every submission, in the student's checkout; its siblings are its own.

Nothing here is secret: the student's own workflow fetches it.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """0 when it graded, whatever the score; anything else is a failure of the machinery."""
    (wheel,) = HERE.glob("*.whl")
    with tempfile.TemporaryDirectory() as folder:
        venv = Path(folder) / "venv"
        # Isolated (-I): no module of the checkout stands for one of Python's or pip's.
        subprocess.run([sys.executable, "-I", "-m", "venv", str(venv)], check=True)
        pip = [str(venv / "bin" / "python"), "-I", "-m", "pip", "install", "--quiet", str(wheel)]
        subprocess.run(pip, check=True)
        grader = [str(venv / "bin" / "grader"), "classroom50", "run", "--source", str(HERE)]
        return subprocess.run(grader, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
