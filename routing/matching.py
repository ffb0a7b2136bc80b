"""A question in a person's own words -> topics with probabilities, and the words that spoke for each.

Cold, a topic is its title, description and keywords, and headings of its documentation where it has some. Stems, pairs
of stems and the character 3- to 5-grams of words are weighed by BM25 (Robertson and Zaragoza, "The Probabilistic
Relevance Framework", 2009). Past bookings are examples: with enough of them a multinomial naive Bayes classifier
(McCallum and Nigam, 1998) has its say. All evidence belongs to a word of the question, adds up, and becomes a
probability by softmax at a fixed temperature (Guo et al., "On Calibration of Modern Neural Networks", 2017). The whole
in prose: `docs/matching.md`; how well it does: `benchmarks/README.md`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, fsum, log
from typing import Protocol

from routing.words import words

EXAMPLES_A_TOPIC = 3
"""From so many examples a topic, on average and for half of the topics each, they count."""

SATURATION, LENGTH = 1.2, 0.6  # BM25's k1 and b
GRAMS = 0.7 / 6  # of a word's weight: one of four letters has six grams
SMOOTHING, TOPIC_AS_EXAMPLE = 0.1, 0.5
# Temperatures, in logits a unit of evidence; fitted on the development set, titles and full texts together.
COLD, WARM, LEARNT = 0.60, 0.34, 0.25
# The words of a text repeat one another: evidence grows with the fourth root of their cube, and of twenty words and
# pairs it is taken as it is. Fitted with the temperatures.
TYPICAL, REPEATED = 20, 0.25
SURE = 0.8
"""From here the best topic is taken; on the development set, out of fold, it is right 95 times in a hundred."""
HOPELESS = 0.5
"""Below this the three best together are wrong more often than right: naming them would mislead."""
CHOICES, ENOUGH = 3, 0.9  # topics to choose from; a third only where two together are less probable than this
SPEAKS, SHOWN = 0.2, 5  # logits above the mean of all topics that make a word worth showing; how many are shown

Ranked = list[tuple[str, float, tuple[str, ...]]]
"""(topic key, probability, matched words), best first."""
Weights = dict[str, list[float]]
"""What a feature says for each topic, in the topics' order."""


@dataclass(frozen=True, slots=True)
class Sure:
    """The question is about this topic."""

    topic: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unsure:
    """The question is about one of these topics, two or three of them, or about none."""

    choices: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Hopeless:
    """The words of the question say nothing about its topic."""


Answer = Sure | Unsure | Hopeless


def answer(ranked: Ranked) -> Answer:
    """What to make of a ranking. Without a word that speaks for a topic there is no going on, however few there are."""
    if not ranked or not ranked[0][2] or fsum(p for _, p, _ in ranked[:CHOICES]) < HOPELESS:
        return Hopeless()
    topic, probability, words = ranked[0]
    if probability >= SURE:
        return Sure(topic, words)
    enough = 2 if fsum(p for _, p, _ in ranked[:2]) >= ENOUGH else CHOICES
    return Unsure(tuple((key, said) for key, _, said in ranked[:enough]))


class Described(Protocol):
    """What is known about a topic without any examples."""

    @property
    def key(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def keywords(self) -> Sequence[str]: ...


class Matcher:
    """Ranks topics for a question. The same topics and examples, in the same order, always give the same answer.

    A topic may also have `docs_headings`: headings of its documentation, which count as keywords do.
    `examples` are (text, topic key); those of unknown topics are left out. Safe to share between threads.
    """

    def __init__(self, topics: Iterable[Described], examples: Iterable[tuple[str, str]] = ()) -> None:
        topics = list(topics)
        self._keys = [topic.key for topic in topics]
        stems: list[Counter[str]] = [Counter() for _ in topics]
        grams: list[Counter[str]] = [Counter() for _ in topics]
        for topic, its_stems, its_grams in zip(topics, stems, grams, strict=True):
            for text in (topic.title, topic.description, *topic.keywords, *getattr(topic, "docs_headings", ())):
                for word in words(text):
                    its_stems.update(word.stems)
                    its_grams.update(word.grams)
        places = {key: place for place, key in enumerate(self._keys)}
        told = [(text, places[key]) for text, key in examples if key in places]
        counts = Counter(place for _, place in told)
        known = sum(count >= EXAMPLES_A_TOPIC for count in counts.values())
        learns = len(told) >= EXAMPLES_A_TOPIC * len(topics) > 0 and 2 * known >= len(topics)
        unit = WARM if learns else COLD
        self._stems = _bm25(stems, unit)
        self._grams = _bm25(grams, unit * GRAMS)
        self._start = [0.0] * len(topics)
        if learns:
            self._start = [LEARNT * log((counts[place] + 1) / (len(told) + len(topics))) for place in places.values()]
            _add(self._stems, _bayes(stems, told))

    def rank(self, question: str) -> Ranked:
        """All topics, best first, with probabilities that sum to one and the words of the question for each.

        Reads the beginning of a long question: WORDS words, which takes some milliseconds at most.
        """
        evidence = self._evidence(question)
        scores = [start + fsum(said) for start, *said in zip(self._start, *evidence.values(), strict=True)]
        highest = max(scores, default=0.0)
        odds = [exp(score - highest) for score in scores]
        ranked = [
            (key, odd / fsum(odds), _speaking(evidence, place))
            for place, (key, odd) in enumerate(zip(self._keys, odds, strict=True))
        ]
        return sorted(ranked, key=lambda one: -one[1])

    def _evidence(self, question: str) -> dict[str, list[float]]:
        """What each word says for each topic, in logits; said twice, it counts once."""
        seen: set[str] = set()
        evidence: dict[str, list[float]] = {}
        plenty = 0
        for word in words(question):
            said = evidence.setdefault(word.typed, [0.0] * len(self._keys))
            plenty += len(set(word.stems) - seen)
            grams = word.grams
            for weights, features in ((self._stems, word.stems), (self._grams, grams)):
                for feature in dict.fromkeys(features):
                    if feature not in seen and feature in weights:
                        for place, weight in enumerate(weights[feature]):
                            said[place] += weight
            seen.update(word.stems, grams)
        share = (TYPICAL / plenty) ** REPEATED if plenty else 1.0
        return {typed: [share * each for each in said] for typed, said in evidence.items()}


def _speaking(evidence: dict[str, list[float]], place: int) -> tuple[str, ...]:
    """The words that speak for the topic at `place`, the strongest first."""
    gains = {typed: said[place] - fsum(said) / len(said) for typed, said in evidence.items()}
    strongest = sorted((typed for typed, gain in gains.items() if gain >= SPEAKS), key=lambda typed: -gains[typed])
    return tuple(strongest[:SHOWN])


def _bm25(topics: Sequence[Counter[str]], unit: float) -> Weights:
    """What one occurrence in a question is worth to each topic, times `unit`."""
    within = Counter(feature for topic in topics for feature in topic)
    lengths = [topic.total() for topic in topics]
    mean = fsum(lengths) / max(len(topics), 1) or 1.0
    # Of the greatest there can be, so that a community of five topics is as sure as one of fifty.
    rarest = log(1 + (len(topics) - 0.5) / 1.5)
    weights: Weights = {feature: [0.0] * len(topics) for feature in within}
    for place, topic in enumerate(topics):
        room = SATURATION * (1 - LENGTH + LENGTH * lengths[place] / mean)
        for feature, count in topic.items():
            rarity = log(1 + (len(topics) - within[feature] + 0.5) / (within[feature] + 0.5)) / rarest
            weights[feature][place] = unit * rarity * count * (SATURATION + 1) / (count + room)
    return weights


def _bayes(topics: Sequence[Counter[str]], told: Iterable[tuple[str, int]]) -> Weights:
    """What the examples say: log likelihoods above their mean. A topic's own text counts as half an example or so."""
    counts = [Counter({stem: TOPIC_AS_EXAMPLE * count for stem, count in topic.items()}) for topic in topics]
    for text, place in told:
        for stem in sorted({stem for word in words(text) for stem in word.stems}):
            counts[place][stem] += 1
    known = sorted({stem for topic in counts for stem in topic})
    wholes = [fsum(topic.values()) + SMOOTHING * len(known) for topic in counts]
    weights = {}
    for stem in known:
        likely = [log((topic[stem] + SMOOTHING) / whole) for topic, whole in zip(counts, wholes, strict=True)]
        mean = fsum(likely) / len(likely)
        weights[stem] = [LEARNT * (each - mean) for each in likely]
    return weights


def _add(weights: Weights, more: Weights) -> None:
    for feature, said in more.items():
        before = weights.get(feature, [0.0] * len(said))
        weights[feature] = [one + other for one, other in zip(before, said, strict=True)]
