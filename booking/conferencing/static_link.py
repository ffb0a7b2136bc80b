"""A maintainer's own room: one address for all their sessions, made by nobody here."""

from __future__ import annotations

from urllib.parse import urlsplit

LONGEST = 500


def room(room_url: str | None) -> str | None:
    """The room's address if it is one a person may be sent to, else None.

    That is https (or http on this machine) with a host name, no name or password inside, no blanks or control
    characters, 500 characters at most.
    """
    if not room_url or len(room_url) > LONGEST or not room_url.isprintable() or " " in room_url:
        return None
    try:
        parts = urlsplit(room_url)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "localhost")
        well_formed = safe and parts.hostname and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return None
    return room_url if well_formed else None
