"""Where an error is said to have happened."""

from __future__ import annotations

import pytest

from grader.wall.errors import place

SOURCE = """
def f(n):
    loss = 0
    for i in range(n):
        loss += i
    loss /= n
    loss += 1
    dw /= n
    dw += 1
"""


def test_a_name_without_a_value_is_placed_where_it_stands() -> None:
    """Python 3.11 names the statement before, once it runs both as one step."""
    names: dict[str, object] = {}
    exec(compile(SOURCE, "/submission/f.py", "exec"), names)
    for _ in range(20):
        with pytest.raises(UnboundLocalError) as caught:
            names["f"](3)  # type: ignore[operator]
        assert place(caught.value) == ("f.py", 8, "f")
