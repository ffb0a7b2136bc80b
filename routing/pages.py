"""A question in a person's own words -> the pages that may answer it, with the heading that fits best.

A page is its stems with their weights: the title counts four times, a heading twice, the text once. Pages are ranked by
BM25 (as in `matching.py`), and shown only where they cover enough of what the question says: the rarity of its words
that the page has, against the rarity of them all, where a word that no page has is the rarest.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, log

from routing.words import forms, stem, words

TITLE, HEADING = 4.0, 2.0
SATURATION, LENGTH = 1.2, 0.75
COVERED = 1 / 3
"""The share of a question that a page must cover to be worth a look."""
LETTERS = 200_000
"""How much of a page is read."""
WORDS_SHOWN = 5
NOWHERE = (array("I"), array("f"))


@dataclass(frozen=True, slots=True)
class Page:
    """A page with the weights of its stems, as `stems_of` gives them."""

    url: str
    title: str
    headings: Sequence[str]
    stems: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Found:
    """A page for a question: the heading that has most of it, if one has any, and its words that the page has."""

    url: str
    title: str
    heading: str
    words: tuple[str, ...]


def stems_of(title: str, headings: Iterable[str], text: str) -> dict[str, float]:
    """The weight of each stem of a page."""
    weights: defaultdict[str, float] = defaultdict(float)
    for part, weight in ((title, TITLE), *((heading, HEADING) for heading in headings), (text, 1.0)):
        for form, count in Counter(forms(part[:LETTERS])).items():
            weights[stem(form)] += weight * count
    return dict(weights)


class Pages:
    """Finds pages for questions. Safe to share between threads."""

    def __init__(self, pages: Iterable[Page]) -> None:
        pages = list(pages)
        self._heads = [(page.url, page.title, page.headings) for page in pages]
        lengths = [fsum(page.stems.values()) for page in pages]
        mean = fsum(lengths) / max(len(lengths), 1) or 1.0
        # Places and weights by stem, packed: as pairs they would take ten times the memory.
        self._weights: dict[str, tuple[array[int], array[float]]] = {}
        for place, page in enumerate(pages):
            room = SATURATION * (1 - LENGTH + LENGTH * lengths[place] / mean)
            for each, count in page.stems.items():
                places, weights = self._weights.setdefault(each, (array("I"), array("f")))
                places.append(place)
                weights.append(count / (count + room))

    def find(self, question: str, most: int = 3) -> list[Found]:
        """The best pages, `most` at most; none where none covers enough of the question."""
        typed = {stem(form): word.typed for word in words(question) for form in word.forms}
        rarity = {each: self._rarity(each) for each in typed}
        scores: defaultdict[int, float] = defaultdict(float)
        shared: defaultdict[int, list[str]] = defaultdict(list)
        for each in sorted(typed, key=lambda each: -rarity[each]):
            for place, weight in zip(*self._weights.get(each, NOWHERE), strict=True):
                scores[place] += rarity[each] * weight
                shared[place].append(each)
        enough = COVERED * fsum(rarity.values())
        worth = [place for place, stems in shared.items() if fsum(rarity[each] for each in stems) >= enough]
        best = sorted(worth, key=lambda place: (-scores[place], place))[:most]
        return [self._found(place, rarity, [typed[each] for each in shared[place]]) for place in best]

    def _rarity(self, stem: str) -> float:
        known = len(self._weights.get(stem, NOWHERE)[0])
        return log(1 + (len(self._heads) - known + 0.5) / (known + 0.5))

    def _found(self, place: int, rarity: Mapping[str, float], said: Iterable[str]) -> Found:
        def gain(heading: str) -> float:
            return fsum(rarity.get(each, 0.0) for each in {stem(form) for form in forms(heading)})

        url, title, headings = self._heads[place]
        heading = max(headings, key=gain, default="")
        return Found(url, title, heading if gain(heading) > 0 else "", tuple(dict.fromkeys(said))[:WORDS_SHOWN])
