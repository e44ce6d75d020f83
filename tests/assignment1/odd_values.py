"""Whatever a student's function may return that can be sent: numbers, text, arrays, containers of them."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from grader.wall.wire import DTYPES

__all__ = ["odd_values", "replaced"]

_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(),
    st.sampled_from([0, 1, 0.0, np.nan, np.inf, 1e300, "", "1.5", "W1"]),
    st.text(max_size=3),
)
_SHAPES = st.one_of(
    st.lists(st.integers(0, 3), max_size=4).map(tuple),
    st.sampled_from([(12,), (13, 10), (5, 4), (31, 10), (7, 23), (16, 5), (1, 7), (4,)]),
)


@st.composite
def _arrays(draw: st.DrawFn) -> Any:
    value = draw(st.sampled_from([0.0, 1.0, -1.0, 3.5, 1e300, np.nan, np.inf, -np.inf]))
    with np.errstate(all="ignore"):
        array = np.full(draw(_SHAPES), value).astype(draw(st.sampled_from(sorted(DTYPES))))
    if array.size and draw(st.booleans()):
        array.flat[0] = 1
    return array


_KEYS = st.one_of(
    st.sampled_from(["W1", "b1", "W2", "b2", "loss_history", "velocity", 1, None]), st.text(max_size=2)
)
#: The worker sends nothing deeper than six levels.
odd_values = st.recursive(
    st.one_of(_LEAVES, _arrays()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.tuples(inner, inner),
        st.dictionaries(_KEYS, inner, max_size=4),
        st.sampled_from([[[1.0], [1.0, 2.0]], [[[1], [1, 2]], 2], [None] * 12, ["a"] * 12]),
    ),
    max_leaves=6,
)


def replaced(right: Any, value: Any, place: int) -> Any:
    """The value itself, or a right result with part number `place` - 1 replaced; of a dict, that entry."""
    if place == 0:
        return value
    if isinstance(right, dict) and right:
        name = list(right)[(place - 1) % len(right)]
        return {**right, name: value}
    if isinstance(right, (tuple, list)) and right:
        where = (place - 1) % len(right)
        part = replaced(right[where], value, place // len(right)) if isinstance(right[where], dict) else value
        return type(right)(part if i == where else item for i, item in enumerate(right))
    return value
