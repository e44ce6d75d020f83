"""What checks keep for pictures: of what is wrong alone, and so little that reports stay small."""

from __future__ import annotations

import json
from pathlib import Path
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


def test_the_gradient_shows_what_the_mistake_does_to_the_loss(demo) -> None:
    (_, curve) = demo["alan"]["svm.vectorized.regularization_gradient"]["pictures"]
    assert curve["kind"] == "curves"
    (yours,), (expected,) = curve["yours"], curve["expected"]
    assert len(yours) == len(expected) == 20
    assert yours[0] == expected[0]
    assert min(yours[14:]) > 2 * max(expected[14:])


def test_a_curve_like_the_right_one_is_not_shown(demo) -> None:
    checks = demo["barbara"]
    assert checks["svm.train.loss_decreases"]["reason"] == "needs"
    assert checks["svm.train.loss_decreases"]["pictures"] == []
    (curve,) = checks["softmax.train.loss_decreases"]["pictures"]
    assert curve["kind"] == "curves"


def planted(folder: Path, name: str, question: str) -> dict[str, list[dict[str, Any]]]:
    """Id of a check that did not pass → its pictures."""
    report = checked(folder / "mistakes" / name, "--question", question, "--no-train")
    checks = [check for each in report["questions"] for check in each["checks"]]
    return {check["id"]: check["pictures"] for check in checks if check["verdict"] != "passed"}


def test_a_nets_gradients_show_where_they_lead(planted_samples: Path) -> None:
    drawn = planted(planted_samples, "gradient-sign-flipped--neural-net", "two_layer_net")
    (_, curve) = drawn["two_layer_net.loss.gradient_W1"]
    assert curve["kind"] == "curves"
    (yours,), (expected,) = curve["yours"], curve["expected"]
    assert yours[0] == expected[0]
    assert yours[-1] > 100 * yours[0]
    assert expected[-1] < expected[0] / 2


def test_the_picture_of_layers_that_are_wrong_is_that_of_the_net(planted_samples: Path) -> None:
    drawn = planted(planted_samples, "softmax-indicator-missing--layers", "two_layer_net")
    assert any(each["kind"] == "curves" for each in drawn["two_layer_net.loss.gradient_W1"])


def test_an_update_rule_shows_the_sizes_of_its_steps(planted_samples: Path) -> None:
    drawn = planted(planted_samples, "momentum-ignored", "fully_connected")
    (_, curve) = next(each for id, each in drawn.items() if id.endswith("sgd_momentum.update"))
    (yours,), (expected,) = curve["yours"], curve["expected"]
    assert set(yours) == {0.01}
    assert expected[0] == 0.01
    assert 0.09 < expected[-1] < 0.1


def test_learning_rates_are_curves_and_labels_are_no_picture(planted_samples: Path) -> None:
    drawn = planted(planted_samples, "learning-rate-not-decayed--neural-net", "two_layer_net")
    (curve,) = drawn["two_layer_net.train.sgd_step"]
    assert curve["kind"] == "curves"
    assert len(set(curve["yours"][0])) == 1 < len(set(curve["expected"][0]))
    drawn = planted(planted_samples, "farthest-neighbours", "knn")
    assert drawn
    assert not any(drawn.values())
