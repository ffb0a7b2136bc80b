"""The shipped file says what Flyte publishes."""

from __future__ import annotations

from datetime import timedelta

from booking.community.file import read_file
from booking.resources import folder

FLYTE = folder("communities") / "flyte.toml"
PUBLISHED = {
    ("7am", "07:00"): [
        "Anything flytekit-related",
        "Flyte releases",
        "flytepropeller features",
        "Plugin implementation",
        "Platform configuration",
    ],
    ("1pm", "13:00"): ["Flyte deployment, auth"],
    ("9pm", "21:00"): [
        "Anything flytekit-related",
        "Use cases",
        "Getting started (workflow onboarding)",
        "Integrations",
    ],
}


def test_flyte_says_what_flyte_publishes() -> None:
    """Each of Flyte's slots serves exactly the topics published for it, from Monday to Friday, for thirty minutes."""
    file = read_file(FLYTE)
    served = {
        (slot.key, f"{slot.starts:%H:%M}"): [topic.title for topic in file.topics if slot.key in topic.slots]
        for slot in file.slots
    }
    assert served == PUBLISHED
    assert {tuple(slot.weekdays) for slot in file.slots} == {("mon", "tue", "wed", "thu", "fri")}
    assert (file.community.timezone, file.community.session_minutes) == ("America/Los_Angeles", 30)
    assert (file.community.minimum_notice, file.community.horizon_days) == (timedelta(hours=4), 60)


def test_flyte_has_two_maintainers_for_every_topic_in_every_slot() -> None:
    """Whatever one maintainer's calendar says, another of Flyte's examples can take the session."""
    file = read_file(FLYTE)
    takers = {(topic.key, slot): file.takers(topic.key, slot) for topic in file.topics for slot in topic.slots}
    assert len(takers) == 10
    assert min(len(keys) for keys in takers.values()) >= 2
    assert file.warnings() == []


def test_flyte_names_nobody_real() -> None:
    """Every maintainer of the shipped file is marked as an example, at addresses that belong to nobody."""
    file = read_file(FLYTE)
    assert all(each.example and each.email.endswith("@example.org") for each in file.maintainers)
    assert all(each.room and each.room.startswith("https://meet.example.org/") for each in file.maintainers)
    assert {"Europe/Berlin", "Asia/Kolkata"} < {each.timezone for each in file.maintainers}


def test_every_flyte_topic_can_be_matched_on() -> None:
    """Each topic has a description of about two lines and twenty keywords or more."""
    for topic in read_file(FLYTE).topics:
        assert 100 <= len(topic.description) <= 260
        assert 20 <= len(topic.keywords) <= 60
