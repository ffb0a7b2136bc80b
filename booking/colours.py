"""A community's colour as the colours of its pages, with every contrast that people need to read them."""

from __future__ import annotations

from collections.abc import Sequence
from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass

Rgb = tuple[float, float, float]

READABLE = 4.6  # a little over the 4.5:1 of text (WCAG 2.2, 1.4.3), because the result is rounded to eight bits
STEP = 0.01
WHITE, BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Accent:
    """Colours of links and buttons as #rrggbb: `on` is text on `accent`, `soft` a ground to write on in it."""

    accent: str
    strong: str
    soft: str
    on: str


def on_light(colour: str, grounds: Sequence[str]) -> Accent:
    """The colour (#rrggbb), darkened until it can be read on the pages' light grounds and on its own soft one."""
    soft = _mixed(_rgb(colour), WHITE, 0.9)
    accent = _readable(_rgb(colour), [*map(_rgb, grounds), soft], -STEP)
    return Accent(_hex(accent), _hex(_mixed(accent, BLACK, 0.25)), _hex(soft), _hex(WHITE))


def on_dark(colour: str, grounds: Sequence[str]) -> Accent:
    """The colour, lightened until it can be read on the dark grounds and on its own soft one."""
    soft = _mixed(_rgb(colour), _rgb(grounds[0]), 0.8)
    accent = _readable(_rgb(colour), [*map(_rgb, grounds), soft], STEP)
    return Accent(_hex(accent), _hex(_mixed(accent, WHITE, 0.3)), _hex(soft), _hex(_mixed(accent, BLACK, 0.95)))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    return _contrast(_rgb(one), _rgb(other))


def _readable(colour: Rgb, grounds: Sequence[Rgb], step: float) -> Rgb:
    hue, light, saturation = rgb_to_hls(*colour)
    while min(_contrast(colour, ground) for ground in grounds) < READABLE:  # black or white at the latest is
        light = min(max(light + step, 0.0), 1.0)
        colour = hls_to_rgb(hue, light, saturation)
    return colour


def _contrast(one: Rgb, other: Rgb) -> float:
    dark, bright = sorted((_luminance(one), _luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: Rgb) -> float:
    """Relative luminance (WCAG 2.2)."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mixed(colour: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (a + (b - a) * share for a, b in zip(colour, other, strict=True))
    return red, green, blue


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)
