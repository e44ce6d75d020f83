"""What checks keep for pictures: of what is wrong alone, and so little that reports stay small."""

from __future__ import annotations

import json
from typing import Any

import pytest
from command_line import LINEAR, SAMPLES, checked


@pytest.fixture(scope="module")
def demo() -> dict[str, dict[str, dict[str, Any]]]:
    """Name → id of a check → the check."""
    reports = {name: checked(SAMPLES / "demo" / name, *LINEAR) for name in ("alan", "barbara")}
    return {
        name: {check["id"]: check for question in report["questions"] for check in question["checks"]}
        for name, report in reports.items()
    }


def test_only_what_is_wrong_has_a_picture_and_none_is_large(demo) -> None:
    for checks in demo.values():
        for check in checks.values():
            assert check["verdict"] != "passed" or check["pictures"] == []
            assert len(json.dumps(check["pictures"])) < 12_000


def test_a_wrong_gradient_stands_beside_the_right_one_a_strip_for_each_class(demo) -> None:
    (cells, _) = demo["alan"]["svm.vectorized.regularization_gradient"]["pictures"]
    assert cells["kind"] == "cells"
    assert len(cells["yours"]) == len(cells["expected"]) == 10
    assert not any(map(any, cells["yours"]))
    assert all(map(any, cells["expected"]))


def test_training_shows_what_the_mistake_does_to_the_loss(demo) -> None:
    (_, curve) = demo["alan"]["svm.vectorized.regularization_gradient"]["pictures"]
    assert curve["kind"] == "curves"
    (yours,), (expected,) = curve["yours"], curve["expected"]
    assert len(yours) == len(expected) == 80
    assert abs(yours[0] - expected[0]) < 0.1
    assert min(yours[40:]) > 2 * max(expected[40:])


def test_a_curve_like_the_right_one_is_not_shown(demo) -> None:
    checks = demo["barbara"]
    assert checks["svm.train.loss_decreases"]["reason"] == "needs"
    assert checks["svm.train.loss_decreases"]["pictures"] == []
    (curve,) = checks["softmax.train.loss_decreases"]["pictures"]
    assert curve["kind"] == "curves"
