"""A community's colour on its pages."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from booking import colours
from booking.colours import Accent, contrast
from booking.views.looks import DARK, LIGHT

TEXT = 4.5  # WCAG 2.2, 1.4.3
ANY = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_is_that_of_the_standard() -> None:
    """Black on white is 21:1, a colour on itself 1:1, #777777 on white just under 4.5:1."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#6f2aef", "#6f2aef") == pytest.approx(1)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def readable(accent: Accent, grounds: tuple[str, ...]) -> bool:
    links = [contrast(each, ground) for each in (accent.accent, accent.strong) for ground in (*grounds, accent.soft)]
    buttons = [contrast(accent.on, ground) for ground in (accent.accent, accent.strong)]
    return min(*links, *buttons) >= TEXT


@given(colour=ANY)
@example(colour="#ffffff")
@example(colour="#000000")
@example(colour="#ffff00")
@example(colour="#6f2aef")
def test_any_colour_can_be_read(colour: str) -> None:
    """Links on every ground and text on buttons, hovered or not, in both themes."""
    assert readable(colours.on_light(colour, LIGHT), LIGHT)
    assert readable(colours.on_dark(colour, DARK), DARK)


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    """Flyte's violet on light ground is Flyte's violet."""
    assert colours.on_light("#6f2aef", LIGHT).accent == "#6f2aef"
