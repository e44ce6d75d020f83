"""What a random search must fulfil."""

from __future__ import annotations

import numpy as np

from grader.checking.check import check
from grader.checking.compare import agree
from grader.checking.expect import Expect
from grader.exercises.random_search.proxy import LOSSES, SHAPE, RandomSearch, Searched

__all__: list[str] = []  # `declared_in` finds the checks

#: Of the entries of W, their mean square's root. The notes draw 0.0001; without a factor it is 1, or 0.6.
LARGEST = 0.1


@check("tries")
def tries(random_search: RandomSearch, expect: Expect, seed: int) -> None:
    """As many different W are tried as was asked, each of the shape that was asked."""
    search = random_search.search()
    count = len(search.weights)
    expect.true(
        count == len(LOSSES),
        f"{count} different W {'was' if count == 1 else 'were'} tried, not {len(LOSSES)}",
        help="draw a new W in every round of the loop",
        mistake="same-w-every-try" if count == 1 else None,
    )
    odd = next((W.shape for W in search.weights if W.shape != SHAPE), None)
    expect.true(odd is None, f"W has shape {odd}, not {SHAPE}", help="draw W in the shape that is given")


@check("scale", needs=tries)
def scale(random_search: RandomSearch, expect: Expect, seed: int) -> None:
    """The weights that are tried are small."""
    found = float(np.sqrt(np.mean(np.square(random_search.search().weights))))
    expect.true(
        0 < found <= LARGEST,
        f"the entries of W are about {found:.2g}",
        help="multiply what you draw by 0.0001",
        mistake="random-weights-not-scaled" if found > LARGEST else None,
    )


@check("lowest", needs=tries)
def lowest(random_search: RandomSearch, expect: Expect, seed: int) -> None:
    """The loss that is returned is the lowest of those tried."""
    search = random_search.search()
    expect.close(search.loss, min(search.losses), "the loss", mistake=_of_loss(search))


@check("weights", needs=tries)
def weights(random_search: RandomSearch, expect: Expect, seed: int) -> None:
    """The W that is returned is the one that had the lowest loss."""
    search = random_search.search()
    right = search.weights[int(np.argmin(search.losses))]
    expect.close(search.kept, right, "W", mistake=_of_weights(search))


def _of_loss(search: Searched) -> str | None:
    if search.loss == max(search.losses):
        return "highest-loss-kept"
    return "last-loss-kept" if search.loss == search.losses[-1] else None


def _of_weights(search: Searched) -> str | None:
    if agree(search.kept, search.weights[int(np.argmax(search.losses))]):
        return "highest-loss-kept"
    if not agree(search.kept, search.weights[-1]):
        return None
    # What was kept of an array changes with it.
    return "best-w-overwritten" if all(search.overwritten[1:]) else "last-w-kept"
