"""What a function reaches by name, by way of the submission's own functions."""

from grader.diagnosis.reached import names_reached
from grader.diagnosis.source import read

NET = "class Net:\n  def loss(self, X):\n    return self.forward(affine_relu(X))\n"
FILES = {
    "net.py": NET.encode(),
    "utils.py": b"def affine_relu(x):\n  return layers.relu(affine(x))\n\ndef other(x):\n  unreached(x)\n",
    "layers.py": b"def relu(x):\n  return np.maximum(0, x)\n\ndef affine(x):\n  return affine_relu(x)\n",
    "broken.py": b"def forward(:\n",
    "notes.txt": b"def X(x):\n  return hidden\n",
}


def test_names_are_followed_through_the_functions_that_it_calls() -> None:
    function = read(NET, "Net.loss")
    assert function is not None
    found = names_reached(function, FILES)
    assert {"affine_relu", "relu", "affine", "maximum", "forward"} <= found
    assert not {"unreached", "hidden"} & found


def test_a_chain_without_end_is_followed_some_way() -> None:
    chain = "".join(f"def f{n}(x):\n  return f{n + 1}(x)\n" for n in range(200))
    function = read(chain, "f0")
    assert function is not None
    found = names_reached(function, {"chain.py": chain.encode()})
    assert "f10" in found
    assert "f150" not in found
