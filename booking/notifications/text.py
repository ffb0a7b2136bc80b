"""What strangers wrote, made fit for a message: no control characters, no line breaks where none belong, a length."""

from __future__ import annotations

import re
import unicodedata

from booking import reading

# Other controls and marks of direction can hide or reorder text; these two join letters in Persian, Hindi and emoji.
JOINERS = "\u200c\u200d"
LINE_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
HIDDEN = frozenset({"Cc", "Cf", "Cs"})
# Some mail programs take the full stops of other scripts for ours.
LIKE_A_LINK = re.compile(r"\S*(?:[/\\@]|\w[.\u2024\u3002\uff0e\uff61][^\W\d_]{2,})\S*")
SHORT_NAME = 60
IN_LATIN = frozenset({"en", "es"})
GSM_SPELLING = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−~", "-"),
        **dict.fromkeys("‘’‚′`", "'"),
        **dict.fromkeys("“”„″«»", '"'),
        **dict.fromkeys("[{", "("),
        **dict.fromkeys("]}", ")"),
        **dict.fromkeys("|\\", "/"),
        "…": "...",
        "^": None,
    }
)


def tidy(text: str, limit: int) -> str:
    """The text in its own lines, without characters that hide or steer, cut to `limit` characters."""
    # Nobody can make us look at a megabyte: what is hidden counts twice at most.
    lines = LINE_BREAKS.sub("\n", text[: 2 * limit])
    if not lines.isprintable():
        lines = "".join(c for c in lines if c.isprintable() or c in "\n\t" or c in JOINERS or _shown(c))
    return shorten(lines.strip(), limit)


def _shown(character: str) -> bool:
    return unicodedata.category(character) not in HIDDEN


def one_line(text: str, limit: int) -> str:
    """The same in one line, with single blanks."""
    return shorten(" ".join(tidy(text, 2 * limit).split()), limit)


def short_name(text: str) -> str:
    """A name as it may be shown to an address that nobody has proven: 60 characters, and nothing that could be a link.

    Whoever books can write anything into their "name" and have it mailed to a stranger.
    """
    return one_line(LIKE_A_LINK.sub(" ", one_line(text, 4 * SHORT_NAME)), SHORT_NAME)


def shorten(text: str, limit: int, mark: str = "…") -> str:
    """The text, or as much of it as fits into `limit` characters with a mark that something is missing."""
    if len(text) <= limit:
        return text
    return text[: max(limit - len(mark), 0)].rstrip() + mark[:limit]


def spelt(text: str) -> str:
    """The text in the characters its language is texted in: one of Latin letters loses its accents and stays cheap."""
    if counts_once():
        return gsm(text)
    return "".join(letter for letter in one_line(text, len(text)) if letter <= "\uffff")  # others count twice


def counts_once() -> bool:
    """Whether the reader's language can be written in the basic alphabet of texts; Arabic has none of its letters."""
    return reading.current().language in IN_LATIN


def gsm(text: str) -> str:
    """The text in those ASCII characters that a phone network counts as one each (3GPP TS 23.038, basic alphabet).

    Any other character would make the whole text dearer: 70 characters to a segment instead of 160. Accents are
    dropped, and so are letters of other scripts.
    """
    plain = unicodedata.normalize("NFKD", text.translate(GSM_SPELLING)).translate(GSM_SPELLING)
    kept = (letter for letter in plain if letter.isascii() and (letter.isprintable() or letter.isspace()))
    return " ".join("".join(kept).split())
