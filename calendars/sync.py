"""Reading back what became of our events in somebody's calendar (RFC 6578), and whether anything else changed there.

Nothing is decided and nothing is written here. A removal is only one when the server, asked for the event itself, says
that it is not there, and has none with its UID under another name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from calendars.caldav_store import CalDavStore
from calendars.changes import NoSync, Versions, normal
from calendars.invitation import stands_for
from calendars.store import StoredEvent


@dataclass(frozen=True, slots=True)
class Mark:
    """Which version of a calendar was read last: a sync-token, or the fingerprint of all its ETags. Empty at first."""

    token: str | None = None
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """An event of ours where we last saw it. `etag` is None when that version is not known.

    `fresh`: written since the last reading. Of one made and removed between two readings some servers tell nothing.
    """

    uid: str
    href: str
    etag: str | None
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Pull:
    """What became of our events, by UID: in another version or at another href, or missing.

    `others_changed` says that something changed that is not ours, or may have.
    """

    changed: Mapping[str, StoredEvent]
    missing: frozenset[str]
    others_changed: bool
    mark: Mark


def pull(store: CalDavStore, known: list[Known], mark: Mark, *, full: bool) -> Pull:
    """What changed since `mark`; with `full` everything is compared, whatever a token says.

    Raises CalendarUnavailable and CalendarRejected; then nothing is known and nothing may be concluded.
    """
    ours = {normal(event.href): event for event in known}
    found, complete = _versions(store, mark, full)
    looked_at = {
        href: event
        for href, event in ours.items()
        if (href in found.etags and not _same(found.etags[href], event.etag))
        or href in found.removed
        or (href not in found.etags and (complete or event.fresh))
    }
    objects = store.changes.fetch([href for href in looked_at if href in found.etags])
    changed: dict[str, StoredEvent] = {}
    missing: set[str] = set()
    for href, event in looked_at.items():
        stands = objects.get(href) or store.get(href)
        if stands is None or not stands_for(stands.data, event.uid):
            stands = _elsewhere(store, event.uid)
        if stands is None:
            missing.add(event.uid)
        elif stands.ref.href != href or not _same(stands.ref.etag, event.etag):
            changed[event.uid] = stands
    others = {href for href in {*found.etags, *found.removed} if href not in ours}
    others_changed = found.fingerprint != mark.fingerprint if complete else bool(others)
    return Pull(changed, frozenset(missing), others_changed, _mark(found, complete))


def _versions(store: CalDavStore, mark: Mark, full: bool) -> tuple[Versions, bool]:
    """Versions of what changed, or of everything; and whether it is everything."""
    for token in _tokens(mark, full):
        try:
            return store.changes.since(token), not token
        except NoSync:
            continue
    return store.changes.all(), True


def _tokens(mark: Mark, full: bool) -> list[str]:
    """Tokens to try: an empty one asks for everything, and for a token to go on from."""
    if full:
        return [""]
    return [mark.token, ""] if mark.token else []


def _mark(found: Versions, complete: bool) -> Mark:
    """Where to go on from. Without a token everything is compared again, so its fingerprint is kept."""
    return Mark(found.token, found.fingerprint if complete else None)


def _elsewhere(store: CalDavStore, uid: str) -> StoredEvent | None:
    """The event under another name: some apps move an event by making it anew."""
    return next(iter(store.changes.find(uid).values()), None)


def _same(etag: str | None, known: str | None) -> bool:
    return etag is not None and etag == known
