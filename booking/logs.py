"""Logs without what identifies people or lets others in: private links, addresses, numbers."""

from __future__ import annotations

import logging
import re
import sys

HIDDEN = (
    (re.compile(r"(/(?:b|waiting|reminders|sign-in|feeds|api/v1/bookings)/)[^/\s?\"']+"), r"\1…"),
    (re.compile(r"([?&](?:code|state)=)[^&\s\"']+"), r"\1…"),
    (re.compile(r"\b[0-9a-f]{32}\.[a-z]+\.[\w-]+"), "…"),
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), "…@…"),
    (re.compile(r"\+[1-9][0-9]{7,14}\b"), "+…"),
    (re.compile(r"(://)[^/\s@]+@"), r"\1…@"),
)


class Discreet(logging.Formatter):
    """Masks them in the finished text, tracebacks included: they may come from any library."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for pattern, mask in HIDDEN:
            text = pattern.sub(mask, text)
        return text


def install() -> None:
    """Write warnings and worse to standard error, discreetly; what an operator has set up already is left alone."""
    if logging.getLogger().handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Discreet("%(levelname)s:%(name)s:%(message)s"))
    logging.getLogger().addHandler(handler)
