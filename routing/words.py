"""A text in a person's own words -> the words that say something, with their stems and grams.

Stems are those of Snowball's English stemmer (Porter, 2001), which leaves other languages and scripts nearly alone;
character grams forgive misspelling and need no knowledge of a language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from unicodedata import normalize

from snowballstemmer.english_stemmer import EnglishStemmer

LETTERS, WORDS, LONGEST = 4_000, 100, 40
"""How much of a question is read: so many letters, words of it that say something, and letters of a word."""

WORD = re.compile(r"[^\s\x00-/:-@\[-^`{-\xbf\u2000-\u206f\u2e00-\u2e7f\u3000-\u303f\uff00-\uff0f]+")
PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_a-zA-Z]+")
COMMON = (
    "a an and are as at be been but by can cannot could do does for from get had has have how i if in into is it its "
    "me my no not of on or our so than that the their them then there these they this those to up was we were what "
    "when where which while who why will with would you your"
)
SAYS_NOTHING = frozenset(COMMON.split())


@dataclass(frozen=True, slots=True)
class Word:
    """A word as typed, in small letters and with its parts, and its stems with pairs of the one before."""

    typed: str
    forms: tuple[str, ...]
    stems: tuple[str, ...]

    @property
    def grams(self) -> list[str]:
        """The pieces of three to five characters, ends marked by blanks."""
        marked = [f" {form} " for form in self.forms]
        return [word[at : at + size] for word in marked for size in (3, 4, 5) for at in range(len(word) - size + 1)]


def words(text: str) -> Iterator[Word]:
    """The words that say something, WORDS at most: no numbers, nothing as common as "the"."""
    return islice(_all_words(text[:LETTERS]), WORDS)


def _all_words(text: str) -> Iterator[Word]:
    before = ""
    for found in WORD.finditer(text):
        typed = found[0][:LONGEST]
        forms = _forms(typed)
        stems: list[str] = []
        for form in forms:
            after = stem(form)
            stems += [after, f"{before} {after}"] if before else [after]
            before = after
        if stems:
            yield Word(typed, forms, tuple(stems))


def forms(text: str) -> Iterator[str]:
    """Every form of every word of a text, however long: for counting."""
    for found in WORD.finditer(text):
        yield from _forms(found[0][:LONGEST])


@lru_cache(maxsize=4096)
def _forms(typed: str) -> tuple[str, ...]:
    """The word in small letters, then the parts of one like "FlyteRemote" or "map_task"."""
    plain = normalize("NFKC", typed)[:LONGEST]
    parts = PART.findall(plain)
    both = (plain, *(part for part in parts if len(parts) > 1 and len(part) > 1))
    return tuple(
        small for small in (form.casefold() for form in both) if small not in SAYS_NOTHING and not small.isdigit()
    )


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """The stem of a form."""
    return str(EnglishStemmer().stemWord(word))  # one of its own: a stemmer keeps the word it is at
