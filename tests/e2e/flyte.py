"""Flyte's published programme with people who are not examples, so that mail may really be sent to them."""

from __future__ import annotations

from pathlib import Path

from booking.resources import folder

PUBLISHED = {
    "7am": ["flytekit", "releases", "propeller", "plugins", "platform_config"],
    "1pm": ["deploy_auth"],
    "9pm": ["flytekit", "use_cases", "getting_started", "integrations"],
}


def with_real_people(target: Path, **replacements: str) -> Path:
    """Flyte's community file without its example marks, and with `replacements` made in its text."""
    text = (folder("communities") / "flyte.toml").read_text().replace("example = true\n", "")
    for old, new in replacements.items():
        text = text.replace(old, new)
    target.write_text(text)
    return target
