"""The rights that Landlock is asked to deny, by version of its interface."""

from __future__ import annotations

import pytest

from grader.wall import landlock


@pytest.mark.parametrize(("version", "bits"), [(1, 13), (2, 14), (3, 15), (4, 15), (5, 16), (6, 16), (7, 16)])
def test_every_right_of_a_version_is_denied(version: int, bits: int) -> None:
    assert landlock.handled_rights(version) == (1 << bits) - 1


def test_without_landlock_restricting_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> int:
        raise OSError(38, "not implemented")

    monkeypatch.setattr(landlock.linux, "call", refuse)
    assert landlock.abi() == 0
    with pytest.raises(OSError, match="not implemented"):
        landlock.restrict(["/usr"], [], [])
