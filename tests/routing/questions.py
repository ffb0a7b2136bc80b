"""A small community of our own, with questions about it: for tests, not for tuning."""

from __future__ import annotations

from collections.abc import Iterator

from routing.values import Topic

TOPICS = (
    Topic(
        "baking",
        "Bread and ovens",
        "Baking bread and cakes: dough, yeast, sourdough, flour, kneading, crusts and ovens.",
        ("bread", "dough", "yeast", "sourdough", "oven", "flour", "knead", "crust", "cake", "rise"),
        ("am",),
    ),
    Topic(
        "garden",
        "Gardening",
        "Growing vegetables and flowers: soil, compost, seeds, watering, pruning, pests and frost.",
        ("soil", "compost", "seed", "tomato", "prune", "rose", "slug", "frost", "watering", "greenhouse"),
        ("am",),
    ),
    Topic(
        "bicycles",
        "Bicycle repair",
        "Mending bicycles: tyres, chains, brakes, gears, wheels, spokes and bearings.",
        ("bicycle", "bike", "tyre", "puncture", "chain", "brake", "gear", "wheel", "spoke", "derailleur"),
        ("pm",),
    ),
    Topic(
        "music",
        "Playing music",
        "Learning an instrument: guitar, piano, chords, strings, tuning, rhythm and reading notes.",
        ("guitar", "piano", "chord", "string", "tune", "rhythm", "note", "scale", "violin", "practise"),
        ("pm",),
    ),
)
ASKED = {
    "baking": (
        "My sourdough does not rise in the oven",
        "How long should I knead the dough?",
        "The crust of my bread burns",
        "Which flour for a cake?",
    ),
    "garden": (
        "Slugs eat my tomatoes",
        "When do I prune roses?",
        "Compost for clay soil",
        "Frost has killed the seedlings in my greenhouse",
    ),
    "bicycles": (
        "The chain falls off when I change gears",
        "A puncture every week in the same tyre",
        "My brakes squeal",
        "Replacing a broken spoke of the wheel",
    ),
    "music": (
        "Tuning a guitar without a tuner",
        "Easy chords on the piano",
        "How do I practise scales on the violin?",
        "A string breaks while playing",
    ),
}


def examples() -> Iterator[tuple[str, str]]:
    """Every question with the topic it is about."""
    for key, questions in ASKED.items():
        yield from ((question, key) for question in questions)
