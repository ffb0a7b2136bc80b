"""What an organiser should know of the topics: words they miss, which are alike, who can take them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from routing.matching import Described, Matcher
from routing.values import Programme
from routing.words import words

SHORTEST = 3
"""Letters of a word worth telling."""
SOLID = 2
"""The level from which somebody can take a topic alone."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Two topics of which one's own texts lead to the other: these texts, and the other's mean probability for all."""

    topics: tuple[str, str]
    share: float
    texts: tuple[str, ...]


def unknown_words(topics: Iterable[Described], questions: Iterable[str], least: int = 2) -> list[tuple[str, int]]:
    """Words that no topic has, with how many questions have them, from `least` questions on, the most frequent first.

    A word is shown as it was typed first. A word of only one question may be anything, a name among others.
    """
    known = {stem for topic in topics for text in _texts(topic) for word in words(text) for stem in word.stems}
    counts: Counter[str] = Counter()
    typed: dict[str, str] = {}
    for question in questions:
        asked = {word.stems[0]: word for word in reversed([*words(question)]) if len(word.typed) >= SHORTEST}
        missing = {stem: word.typed for stem, word in asked.items() if known.isdisjoint(word.stems)}
        counts.update(missing.keys())
        typed = missing | typed
    return [(typed[stem], count) for stem, count in counts.most_common() if count >= least]


def alike(topics: Iterable[Described]) -> list[Alike]:
    """Topics that share words: asked with a title, keyword or description of one, the matcher says the other."""
    topics = list(topics)
    matcher = Matcher(topics)
    shares: dict[tuple[str, str], list[float]] = {}
    astray: dict[tuple[str, str], list[str]] = {}
    for topic in topics:
        texts = _texts(topic)
        for text in texts:
            ranked = matcher.rank(text)
            for key, probability, _ in ranked:
                pair = (min(key, topic.key), max(key, topic.key))
                shares.setdefault(pair, []).append(probability / len(texts))
                if key == ranked[0][0] != topic.key:
                    astray.setdefault(pair, []).append(text)
    found = [Alike(pair, fsum(shares[pair]) / 2, tuple(dict.fromkeys(texts))) for pair, texts in astray.items()]
    return sorted(found, key=lambda one: -one.share)


def untaken(programme: Programme) -> dict[str, tuple[str, ...]]:
    """Topics with the slots that serve them and in which nobody who staffs them knows the topic."""
    found = {
        topic.key: tuple(
            slot
            for slot in topic.slots
            if not any(slot in one.slots and topic.key in one.expertise for one in programme.maintainers)
        )
        for topic in programme.topics.values()
    }
    return {key: slots for key, slots in found.items() if slots}


def bus_factors(programme: Programme) -> Mapping[str, int]:
    """How many people know each topic well enough to take it alone: who may be lost before nobody is left."""
    return {key: sum(one.expertise.get(key, 0) >= SOLID for one in programme.maintainers) for key in programme.topics}


def _texts(topic: Described) -> Sequence[str]:
    return [topic.title, *topic.keywords, topic.description]
