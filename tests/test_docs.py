"""The README names every setting and every command: an undocumented one fails the build."""

from __future__ import annotations

from pathlib import Path

import pytest

from booking.cli import cli
from booking.settings import PREFIX, Settings

README = (Path(__file__).parents[1] / "README.md").read_text()


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_readme(name: str) -> None:
    """A setting nobody can find is none."""
    assert f"`{PREFIX}{name.upper()}`" in README or f"`{PREFIX}{name.upper()}=" in README


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_says_what_it_is_for(name: str) -> None:
    """`officehours settings` explains each."""
    assert Settings.model_fields[name].description


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_is_in_the_readme(name: str) -> None:
    """And says in its help what it does."""
    assert f"`officehours {name}" in README or f"`{name}`" in README or f"`{name} " in README
    assert cli.commands[name].help
