"""The models that the notebooks of 2025 save under `cs231n/saved`, judged by their own weights.

They are pickles: the worker reads them and sends arrays; the judge multiplies these out itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.assignment1.notebooks.course_data import Images
from grader.assignment1.notebooks.targets import centred
from grader.sandbox.host import Sandbox
from reference import features, nets
from reference.arrays import Array, Floats, Ints

__all__ = ["SavedUnreadable", "predicted", "read_model"]

_PIXELS = 32 * 32 * 3
#: Numbers that describe an image's gradients; those of its colours come after them.
_GRADIENTS = 144
#: Mean and deviation of a feature change by a hundredth with more images.
_FEATURE_IMAGES = 5000


class SavedUnreadable(Exception):  # noqa: N818 - a finding about the file
    """The file holds no model; the text is a predicate that follows its name."""


def read_model(sandbox: Sandbox, files: Mapping[str, bytes], path: str) -> dict[str, Array]:
    """The parameters in the file at `path`, read behind the wall.

    Raises:
        SavedUnreadable: it is no dict of matrices and vectors that fit together.
        WorkerFailure: the worker ended over it.
    """
    worker = sandbox.start()
    try:
        reply = worker.request({"op": "saved", "file": np.frombuffer(files[path], np.uint8), "keys": None})
    finally:
        worker.close()
    if reply.get("ok") is not True:
        raise SavedUnreadable(f"cannot be read as a model: {reply.get('text')}")
    return _checked(reply.get("value"))


def _checked(value: Any) -> dict[str, Array]:
    params = {k: v for k, v in value.items() if isinstance(v, np.ndarray)} if isinstance(value, dict) else {}
    weights = [params["W"]] if "W" in params else []
    while f"W{len(weights) + 1}" in params and "W" not in params:
        weights.append(params[f"W{len(weights) + 1}"])
    if not weights or any(W.ndim != 2 or W.dtype.kind not in "biuf" for W in weights):
        raise SavedUnreadable("holds no weight matrices")
    if "W" in params:
        return {"W": params["W"].astype(np.float64)}
    layers: dict[str, Array] = {}
    for number, W in enumerate(weights, 1):
        b = params.get(f"b{number}")
        if b is None or b.size != W.shape[1] or (number > 1 and weights[number - 2].shape[1] != W.shape[0]):
            raise SavedUnreadable("holds layers that do not fit together")
        layers[f"W{number}"], layers[f"b{number}"] = W.astype(np.float64), b.reshape(-1).astype(np.float64)
    return layers


def predicted(params: Mapping[str, Array], train: Images, images: Array) -> Ints:
    """The labels (n,) for `images`, prepared as the course prepares them from its training images.

    Raises:
        SavedUnreadable: the weights fit neither pixels nor features.
    """
    if "W" in params:
        inputs = params["W"].shape[0]
        # The last row is the bias, for all but those who left it out.
        rows = _rows(inputs - (inputs != _PIXELS), train, images)
        return _highest(rows @ params["W"][: rows.shape[1]] + params["W"][rows.shape[1] :].sum(axis=0))
    rows = _rows(params["W1"].shape[0], train, images, channels_first=True)
    return nets.predict(dict(params), rows)


def _highest(scores: Floats) -> Ints:
    labels: Ints = np.argmax(scores, axis=1)
    return labels


def _rows(width: int, train: Images, images: Array, *, channels_first: bool = False) -> Floats:
    """Centred pixels, or features, whichever have `width` numbers an image."""
    if width == _PIXELS:
        return centred(images, train.X, channels_first=channels_first)
    bins = width - _GRADIENTS
    if not 0 < bins <= 256:
        raise SavedUnreadable(
            f"has weights for {width} numbers an image, which are neither pixels nor features"
        )
    sample = features.extract(train.X[:_FEATURE_IMAGES], hue_bins=bins)
    found = features.extract(images, hue_bins=bins)
    standard: Floats = (found - sample.mean(axis=0)) / np.maximum(sample.std(axis=0), 1e-12)
    return standard
