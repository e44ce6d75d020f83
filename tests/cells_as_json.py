"""Notebooks as the bytes that Jupyter would save."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["code", "notebook", "notebook3", "text"]


def code(source: str, *printed: str, count: int | None = None) -> dict[str, Any]:
    outputs = [{"output_type": "stream", "name": "stdout", "text": line} for line in printed]
    return {
        "cell_type": "code",
        "execution_count": count,
        "metadata": {},
        "outputs": outputs,
        "source": source.splitlines(keepends=True),
    }


def text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def notebook(*cells: dict[str, Any], **more: Any) -> bytes:
    document = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}
    return json.dumps(document, indent=1).encode()


def notebook3(*cells: dict[str, Any], **metadata: Any) -> bytes:
    document = {
        "worksheets": [{"cells": list(cells)}],
        "metadata": metadata,
        "nbformat": 3,
        "nbformat_minor": 0,
    }
    return json.dumps(document).encode()
