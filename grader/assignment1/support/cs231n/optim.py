"""Update rules: next_w, next_config = rule(w, dw, config). Here only the one that the course gives."""

from __future__ import annotations

from typing import Any

__all__ = ["sgd"]


def sgd(w: Any, dw: Any, config: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
    """Plain gradient descent, changing `w` in place; `config["learning_rate"]` is 1e-2 unless given."""
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    w -= config["learning_rate"] * dw
    return w, config
