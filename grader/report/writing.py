"""Files are replaced as a whole: whoever reads one sees the old text or the new, whatever ends the writer."""

from __future__ import annotations

from pathlib import Path

__all__ = ["write_aside"]


def write_aside(path: Path, data: bytes) -> None:
    """Write beside `path` and rename; on a full disk the old file stays as it was.

    Raises:
        OSError: it cannot be written; `filename` is `path`.
    """
    # Always the same name, so that what a killed writer left is overwritten by the next.
    aside = path.with_name(f".{path.name[:200]}.new")
    try:
        aside.write_bytes(data)
        aside.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        aside.unlink(missing_ok=True)
