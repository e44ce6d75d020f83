"""The support modules: the course's names, with results known beforehand."""

from __future__ import annotations

import importlib
import pickle
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from grader.assignment1.editions import EDITIONS
from grader.assignment1.support.cs231n import data_utils, features, gradient_check, optim, solver, vis_utils

SUPPORT = Path(gradient_check.__file__).parent.parent


@pytest.mark.parametrize("name", EDITIONS.names)
def test_every_support_file_of_an_edition_exists(name: str) -> None:
    assert [path for path in EDITIONS.load(name).support if not (SUPPORT / path).is_file()] == []


# --- gradient_check


def test_the_numerical_gradient_of_a_cubic() -> None:
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    before = x.copy()
    grad = gradient_check.eval_numerical_gradient(lambda x: float(np.sum(x**3)), x, verbose=False)
    assert_allclose(grad, 3 * x**2, rtol=1e-8)
    assert_array_equal(x, before)


def test_the_numerical_gradient_prints_each_entry_when_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    gradient_check.eval_numerical_gradient(lambda x: 2.0 * float(x.sum()), np.zeros(2), h=0.5)
    assert capsys.readouterr().out == "(0,) 2.0\n(1,) 2.0\n"


def test_the_numerical_gradient_of_an_array_valued_function() -> None:
    rng = np.random.default_rng(0)
    x, w, df = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=(4, 2))
    grad = gradient_check.eval_numerical_gradient_array(lambda x: x @ w, x, df)
    assert_allclose(grad, df @ w.T, atol=1e-9)


def test_the_numerical_gradient_of_a_function_that_changes_its_own_output() -> None:
    out = np.zeros(2)

    def double(x: Any) -> Any:
        out[:] = 2 * x
        return out

    assert_allclose(gradient_check.eval_numerical_gradient_array(double, np.ones(2), np.ones(2)), [2, 2])


def test_the_numerical_gradient_of_blobs() -> None:
    a = types.SimpleNamespace(vals=np.array([1.0, 2.0]), diffs=np.zeros(2))
    b = types.SimpleNamespace(vals=np.array([3.0, 5.0]), diffs=np.zeros(2))
    out = types.SimpleNamespace(vals=np.zeros(2), diffs=np.array([1.0, 10.0]))
    net = types.SimpleNamespace(forward=lambda: np.multiply(a.vals, b.vals, out=out.vals))
    da, db = gradient_check.eval_numerical_gradient_net(net, (a, b), out)
    assert_allclose(da, [3, 50])
    assert_allclose(db, [1, 20])


def test_the_sparse_check_prints_as_the_course_does(capsys: pytest.CaptureFixture[str]) -> None:
    x = np.array([2.0])
    gradient_check.grad_check_sparse(lambda x: float(x[0] ** 2), x, np.array([5.0]), num_checks=2)
    line = "numerical: 4.000000 analytic: 5.000000, relative error: 1.111111e-01\n"
    assert capsys.readouterr().out == line * 2
    assert x[0] == 2.0


# --- vis_utils


def test_a_grid_stretches_each_image_and_pads() -> None:
    images = np.stack([np.arange(4.0).reshape(2, 2, 1) * scale for scale in (1, 5)])
    grid = vis_utils.visualize_grid(images, ubound=3, padding=1)
    assert grid.shape == (5, 5, 1)
    assert_array_equal(grid[:2, :, 0], [[0, 1, 0, 0, 1], [2, 3, 0, 2, 3]])
    assert not grid[2:].any()


def test_the_other_grids_scale_all_images_together() -> None:
    images = np.arange(12.0).reshape(3, 2, 2, 1)
    grid = vis_utils.vis_grid(images)
    assert grid.shape == (6, 6, 1)
    assert (grid.min(), grid.max()) == (0, 1)
    assert_allclose(grid[3:5, 0:2, 0], np.array([[8, 9], [10, 11]]) / 11)
    assert vis_utils.vis_nn([list(images)]).shape == (3, 9, 1)


# --- features


def test_the_gray_of_white_is_the_courses() -> None:
    assert_allclose(features.rgb2gray(np.ones((1, 1, 3))), [[1.03]])


def test_hog_puts_a_ramp_into_one_orientation() -> None:
    down = np.repeat(np.arange(32.0)[:, None], 32, axis=1)
    hog = features.hog_feature(down).reshape(4, 4, 9)
    assert hog.size == 144
    # Along y the angle is just below 90 + 90 degrees, in the last of nine bins; along x it is 90.
    assert set(np.nonzero(hog)[2]) == {8}
    across = features.hog_feature(down.T).reshape(4, 4, 9)
    assert set(np.nonzero(across)[2]) == {4}
    assert_allclose(across[1, 1, 4], 1)


def test_the_hue_histogram_sums_to_one() -> None:
    red = np.zeros((4, 4, 3))
    red[..., 0] = 255
    histogram = features.color_histogram_hsv(red, nbin=10)
    assert_allclose(histogram, [1] + [0] * 9)


def test_features_stand_side_by_side() -> None:
    images = np.random.default_rng(0).uniform(0, 255, (3, 32, 32, 3))
    both = features.extract_features(images, [features.hog_feature, features.color_histogram_hsv])
    assert both.shape == (3, 154)
    assert_array_equal(both[2, :144], features.hog_feature(images[2]))
    assert features.extract_features(images[:0], [features.hog_feature]).size == 0


# --- data_utils


def write_batches(folder: Path, per_batch: int) -> None:
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True)
    for name in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]:
        pixels = rng.integers(0, 256, (per_batch, 3072), dtype=np.uint8)
        batch = {"data": pixels, "labels": rng.integers(0, 10, per_batch).tolist()}
        (folder / name).write_bytes(pickle.dumps(batch))


def test_cifar_comes_as_images_with_channels_last(tmp_path: Path) -> None:
    write_batches(tmp_path / "d", 4)
    X, y, X_test, y_test = data_utils.load_CIFAR10(str(tmp_path / "d"))
    assert X.shape == (20, 32, 32, 3)
    assert X.dtype == np.float64
    assert (y.shape, X_test.shape, y_test.shape) == ((20,), (4, 32, 32, 3), (4,))
    raw = pickle.loads((tmp_path / "d" / "data_batch_2").read_bytes())  # noqa: S301 - written above
    assert X[5, 3, 7, 2] == raw["data"][1, 2 * 1024 + 3 * 32 + 7]


def test_the_splits_are_centred_on_the_training_mean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_batches(tmp_path / "datasets" / "cifar-10-batches-py", 4)
    monkeypatch.setattr(data_utils, "__file__", str(tmp_path / "data_utils.py"))
    data = data_utils.get_CIFAR10_data(num_training=15, num_validation=5, num_test=3)
    assert {name: array.shape for name, array in data.items()} == {
        "X_train": (15, 3, 32, 32),
        "y_train": (15,),
        "X_val": (5, 3, 32, 32),
        "y_val": (5,),
        "X_test": (3, 3, 32, 32),
        "y_test": (3,),
    }
    assert_allclose(data["X_train"].mean(axis=0), 0, atol=1e-10)
    plain = data_utils.get_CIFAR10_data(15, 5, 3, subtract_mean=False)
    assert_allclose(plain["X_val"] - data["X_val"], np.tile(plain["X_train"].mean(axis=0), (5, 1, 1, 1)))


# --- optim and solver


def test_sgd_steps_in_place_with_the_default_rate() -> None:
    w = np.array([1.0, 2.0])
    result, config = optim.sgd(w, np.array([1.0, -1.0]))
    assert result is w
    assert_allclose(w, [0.99, 2.01])
    assert config == {"learning_rate": 1e-2}


class Line:
    """A linear classifier of two classes by the sign of one feature."""

    def __init__(self) -> None:
        self.params = {"W": np.array([[0.5, -0.5]])}

    def loss(self, X: Any, y: Any = None) -> Any:
        scores = X @ self.params["W"]
        if y is None:
            return scores
        p = np.exp(scores)
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(y)), y]).mean()
        p[np.arange(len(y)), y] -= 1
        return loss, {"W": X.T @ p / len(y)}


def line_data() -> dict[str, Any]:
    X = np.linspace(-1, 1, 40)[:, None]
    y = (X[:, 0] > 0).astype(int)
    return {"X_train": X, "y_train": y, "X_val": X[::3], "y_val": y[::3]}


def test_the_solver_learns_and_keeps_its_histories(capsys: pytest.CaptureFixture[str]) -> None:
    np.random.seed(0)
    model = Line()
    options = {"learning_rate": 0.4}
    training = solver.Solver(
        model, line_data(), optim_config=options, lr_decay=0.9, num_epochs=3, batch_size=10, print_every=4
    )
    training.train()
    assert training.check_accuracy(line_data()["X_val"], line_data()["y_val"]) == 1.0
    assert len(training.loss_history) == 12
    assert len(training.val_acc_history) == 4
    assert training.val_acc_history[0] < training.best_val_acc == 1.0
    assert training.optim_configs["W"]["learning_rate"] == pytest.approx(0.4 * 0.9**3)
    assert options == {"learning_rate": 0.4}
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("(Iteration 1 / 12) loss: 1.")
    assert lines[1].startswith("(Epoch 0 / 3) train acc: ")
    assert len(lines) == 3 + 4


def test_the_solver_returns_the_best_parameters_not_the_last() -> None:
    model = Line()
    training = solver.Solver(
        model, line_data(), optim_config={"learning_rate": -50.0}, num_epochs=2, verbose=False
    )
    model.params["W"] = np.array([[-1.0, 1.0]])
    training.train()
    assert training.best_val_acc >= training.val_acc_history[-1]
    assert model.params is training.best_params


def test_the_solver_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match='Unrecognized arguments "epochs"'):
        solver.Solver(Line(), line_data(), epochs=3)
    with pytest.raises(ValueError, match='Invalid update_rule "adamw"'):
        solver.Solver(Line(), line_data(), update_rule="adamw")


def test_the_solver_saves_checkpoints(tmp_path: Path) -> None:
    training = solver.Solver(
        Line(), line_data(), num_epochs=1, checkpoint_name=str(tmp_path / "net"), verbose=False
    )
    training.train()
    kept = pickle.loads((tmp_path / "net_epoch_1.pkl").read_bytes())  # noqa: S301 - written above
    assert kept["epoch"] == 1
    assert kept["loss_history"] == training.loss_history


# --- modules around the student's own


def test_joined_layers_use_the_students_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    layers: Any = types.ModuleType("grader.assignment1.support.cs231n.layers")
    layers.affine_forward = lambda x, w, b: (x @ w + b, (x, w))
    layers.relu_forward = lambda x: (np.maximum(x, 0), x)
    layers.relu_backward = lambda dout, cache: dout * (cache > 0)
    layers.affine_backward = lambda dout, cache: (dout @ cache[1].T, cache[0].T @ dout, dout.sum(axis=0))
    monkeypatch.setitem(sys.modules, layers.__name__, layers)
    joined = importlib.import_module("grader.assignment1.support.cs231n.layer_utils")
    monkeypatch.delitem(sys.modules, joined.__name__)
    x, w, b = np.array([[1.0, -1.0]]), np.eye(2), np.zeros(2)
    out, cache = joined.affine_relu_forward(x, w, b)
    assert_array_equal(out, [[1, 0]])
    dx, dw, db = joined.affine_relu_backward(np.ones((1, 2)), cache)
    assert_array_equal(dx, [[1, 0]])
    assert_array_equal(dw, [[1, 0], [-1, 0]])
    assert_array_equal(db, [1, 0])
