"""The seed that a folder of results keeps."""

from pathlib import Path

import pytest

from grader.batch.seed import MOST_SEED, SEED_FILE, kept_seed
from grader.batch.store import OutputError


def test_it_is_drawn_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    seed = kept_seed(tmp_path)
    assert kept_seed(tmp_path) == seed
    assert (tmp_path / SEED_FILE).stat().st_mode & 0o777 == 0o600


def test_two_folders_have_two_seeds_none_of_which_can_be_tried_out(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = kept_seed(tmp_path / "a"), kept_seed(tmp_path / "b")
    assert one != other
    assert max(one, other) > 2**40


@pytest.mark.parametrize("text", ["", "seven", "-1", str(MOST_SEED + 1)])
def test_what_is_no_seed_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / SEED_FILE).write_text(text)
    with pytest.raises(OutputError, match="holds no seed; delete it"):
        kept_seed(tmp_path)
