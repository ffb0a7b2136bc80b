"""A hundred lives of one calendar, each longer than in the ordinary tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.both_ways import both_sides
from tests.e2e.test_both_ways import check_lives


@pytest.mark.proof
def test_in_the_end_both_sides_agree_a_hundred_times(tmp_path: Path) -> None:
    """The same as with three."""
    with both_sides(tmp_path, sessions=12) as place:
        check_lives(place, 100, 24)
