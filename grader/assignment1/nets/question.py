"""The questions on nets: one with two layers, and from 2025 those of any depth."""

from __future__ import annotations

from grader.assignment import Question, declared_in
from grader.assignment1.layers import checks as layers
from grader.assignment1.layers.attribution import explain_flat_cache, explain_loss_layers
from grader.assignment1.layers.examples import affine_examples, relu_examples, score_examples
from grader.assignment1.layers.mendable import layer_passes
from grader.assignment1.layers.proxy import LAYERS
from grader.assignment1.nets import checks, fully_connected, two_layer_net
from grader.assignment1.nets.attribution import explain_deep_net, explain_two_layer_net
from grader.assignment1.nets.curves import net_descent
from grader.assignment1.nets.echoes import explain_prediction, explain_training
from grader.assignment1.nets.examples import label_examples, net_examples
from grader.assignment1.nets.mendable import net_losses, net_predictions, net_starts
from grader.assignment1.nets.proxy import FullyConnectedQuestion, TwoLayerQuestion
from grader.assignment1.notebooks import checks as notebook
from grader.assignment1.notebooks.attribution import explain_notebook
from grader.assignment1.notebooks.proxy import Asked
from grader.assignment1.notebooks.targets import net
from grader.assignment1.optim import checks as optim
from grader.assignment1.optim.curves import step_curve
from grader.assignment1.optim.examples import update_examples
from grader.assignment1.optim.mendable import update_rules
from grader.assignment1.shifted import explain_shifts
from grader.assignment1.sizes import explain_training_sizes
from grader.assignment1.training.accuracy import net_accuracy
from grader.assignment1.training.attribution import accuracy_follows_from, unmoved
from grader.assignment1.training.checks import loss_history, passes_reg
from grader.assignment1.training.mendable import trainings
from grader.assignment1.training.minibatches import minibatches

__all__ = ["FULLY_CONNECTED", "NET_TRAINED", "TWO_LAYER_NET"]

#: The roles whose code runs when the net is trained and predicts. The nets of the course end in softmax.
NET_TRAINED = (
    *(f"two_layer_net.{part}" for part in ("init", "loss", "train", "predict")),
    *(layer for layer in LAYERS if layer != "layers.svm_loss"),
)

TWO_LAYER_NET = Question(
    id="two_layer_net",
    proxy=TwoLayerQuestion,
    checks=(
        *declared_in(checks, two_layer_net, layers),
        *(minibatches, passes_reg, loss_history, net_accuracy),
        *declared_in(notebook),
    ),
    notebook=Asked(
        references={"two_layer_net": net},
        models={"best_net": "two_layer_net", "best_model": "two_layer_net"},
        saved={"best_two_layer_net.npy": "two_layer_net"},
    ),
    explain=(
        explain_loss_layers,
        explain_flat_cache,
        explain_two_layer_net,
        explain_prediction,
        explain_shifts,
        explain_training_sizes,
        explain_training,
        explain_notebook,
        unmoved,
        accuracy_follows_from(*NET_TRAINED),
    ),
    mend=(net_starts, net_losses, net_predictions, trainings, layer_passes),
    examples=(net_examples, label_examples, affine_examples, relu_examples, score_examples),
    pictures=(net_descent,),
    returns={
        "two_layer_net.loss": ("loss", "grads"),
        "two_layer_net.predict": ("y_pred",),
        "layers.affine_forward": ("out", "cache"),
        "layers.affine_backward": ("dx", "dw", "db"),
        "layers.relu_forward": ("out", "cache"),
        "layers.relu_backward": ("dx",),
        "layers.svm_loss": ("loss", "dx"),
        "layers.softmax_loss": ("loss", "dx"),
    },
)

FULLY_CONNECTED = Question(
    id="fully_connected",
    proxy=FullyConnectedQuestion,
    checks=(*declared_in(checks, fully_connected, optim), *declared_in(notebook)),
    notebook=Asked(
        references={"fully_connected": net},
        models={"best_model": "fully_connected"},
    ),
    explain=(explain_deep_net, explain_shifts, explain_notebook),
    context=tuple(TWO_LAYER_NET.of(*declared_in(layers))),
    mend=(net_starts, net_losses, update_rules),
    examples=(net_examples, update_examples),
    pictures=(net_descent, step_curve),
    returns={
        "fully_connected.loss": ("loss", "grads"),
        **{f"optim.{name}": ("next_w", "config") for name in ("sgd_momentum", "rmsprop", "adam")},
    },
)
