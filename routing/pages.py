"""A question in a person's own words -> the pages that may answer it, with the heading that fits best.

A page is its stems with their weights: the title counts four times, a heading twice, the text once. Pages are ranked by
BM25 (as in `matching.py`), and shown only where they cover enough of what the question says: the rarity of its words
that the page has, against the rarity of them all, where a word that no page has is the rarest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, log

from routing.words import Word, words

TITLE, HEADING = 4.0, 2.0
SATURATION, LENGTH = 1.2, 0.75
COVERED = 1 / 3
"""The share of a question that a page must cover to be worth a look."""
LETTERS, WORDS = 200_000, 20_000
"""How much of a page is read."""
WORDS_SHOWN = 5


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
        for word in words(part, LETTERS, WORDS):
            for stem in _single(word):
                weights[stem] += weight
    return dict(weights)


class Pages:
    """Finds pages for questions. Safe to share between threads."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self._pages = list(pages)
        lengths = [fsum(page.stems.values()) for page in self._pages]
        mean = fsum(lengths) / max(len(lengths), 1) or 1.0
        self._weights: dict[str, list[tuple[int, float]]] = {}
        for place, page in enumerate(self._pages):
            room = SATURATION * (1 - LENGTH + LENGTH * lengths[place] / mean)
            for stem, count in page.stems.items():
                self._weights.setdefault(stem, []).append((place, count / (count + room)))

    def find(self, question: str, most: int = 3) -> list[Found]:
        """The best pages, `most` at most; none where none covers enough of the question."""
        stems = {stem: word.typed for word in words(question) for stem in _single(word)}
        rarity = {stem: self._rarity(stem) for stem in stems}
        scores: defaultdict[int, float] = defaultdict(float)
        covered: defaultdict[int, float] = defaultdict(float)
        for stem, rare in rarity.items():
            for place, weight in self._weights.get(stem, ()):
                scores[place] += rare * weight
                covered[place] += rare
        enough = COVERED * fsum(rarity.values())
        worth = [place for place in scores if covered[place] >= enough]
        best = sorted(worth, key=lambda place: (-scores[place], place))
        return [_found(self._pages[place], stems, rarity) for place in best[:most]]

    def _rarity(self, stem: str) -> float:
        known = len(self._weights.get(stem, ()))
        return log(1 + (len(self._pages) - known + 0.5) / (known + 0.5))


def _found(page: Page, stems: Mapping[str, str], rarity: Mapping[str, float]) -> Found:
    def gain(heading: str) -> float:
        return fsum(rarity.get(stem, 0.0) for stem in {stem for word in words(heading) for stem in _single(word)})

    heading = max(page.headings, key=gain, default="")
    said = sorted((stem for stem in stems if stem in page.stems), key=lambda stem: -rarity[stem])
    shown = tuple(dict.fromkeys(stems[stem] for stem in said))[:WORDS_SHOWN]
    return Found(page.url, page.title, heading if heading and gain(heading) > 0 else "", shown)


def _single(word: Word) -> list[str]:
    """Stems without pairs: a page has many words, and needs no pairs to be found."""
    return [stem for stem in word.stems if " " not in stem]
