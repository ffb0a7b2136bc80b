"""Five hundred kills: ten times what the ordinary tests do, each time in new towns with new chances."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.test_kill import check_ordeals


@pytest.mark.proof
@pytest.mark.parametrize("turn", range(10))
def test_nothing_promised_is_lost_in_five_hundred_kills(tmp_path: Path, turn: int) -> None:
    """The same as with fifty."""
    check_ordeals(tmp_path)
