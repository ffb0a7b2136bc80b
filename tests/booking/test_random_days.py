"""Random days of an office: whatever is booked, moved, cancelled, confirmed or let expire, the rules hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from booking import queries
from booking.effects.audit import audit
from booking.extensions import db, office
from booking.history import ATTENDEE
from booking.models import Booking, BookingStatus, Community, Maintainer
from booking.services.cancel import cancel
from booking.services.confirm import confirm
from booking.services.refusal import RefusalCode
from booking.services.reschedule import reschedule
from booking.services.reserve import reserve
from booking.settings import Settings
from routing.zones import local
from tests.booking.arena import OVERLAPS, forget_bookings, opened, openings, request, write_community

ZONE = "America/Los_Angeles"
WEEKLY_LIMIT = 3
MONDAY = datetime(2026, 10, 26, 16, 0, tzinfo=UTC)  # the clocks change on the Sunday after
EXPECTED = {
    RefusalCode.TAKEN,
    RefusalCode.UNROUTABLE,
    RefusalCode.ALREADY_BOOKED,
    RefusalCode.TOO_MANY,
    RefusalCode.NOT_LIVE,
    RefusalCode.TOO_LATE,
}


class Clock:
    """The time, as the test sets it."""

    now = MONDAY

    def __call__(self) -> datetime:
        return self.now


class Days(RuleBasedStateMachine):
    """An office of two maintainers, two overlapping slots and six people who book."""

    clock: ClassVar[Clock] = Clock()
    bookings = Bundle("bookings")

    @initialize(proof=st.booleans())
    def begin(self, proof: bool) -> None:
        self.clock.now = MONDAY
        forget_bookings()
        db.session.execute(sa.update(Community).values(verify_email=proof, revision=Community.revision + 1))
        db.session.commit()
        assert queries.community().verify_email is proof
        self.count = 0

    @rule(target=bookings, topic=st.sampled_from(["early", "late"]), place=st.integers(0, 9), who=st.integers(0, 5))
    def book(self, topic: str, place: int, who: int) -> object:
        """At an opening that is offered, or a little beside one."""
        start = self.some_start(topic, place)
        self.count += 1
        asked = request(topic, start, self.count, email=f"person{who}@example.com")
        answer = reserve(office(), asked)
        if isinstance(answer, Booking):
            return answer.id
        assert answer.code in EXPECTED
        return multiple()

    @rule(booking=bookings, topic=st.sampled_from(["early", "late"]), place=st.integers(0, 9))
    def move(self, booking: int, topic: str, place: int) -> None:
        answer = reschedule(office(), booking, self.some_start(topic, place))
        assert isinstance(answer, Booking) or answer.code in EXPECTED

    @rule(booking=bookings)
    def cancel(self, booking: int) -> None:
        answer = cancel(office(), booking, by=ATTENDEE)
        assert isinstance(answer, Booking) or answer.code in EXPECTED

    @rule(booking=bookings)
    def prove_the_address(self, booking: int) -> None:
        answer = confirm(office(), booking)
        assert isinstance(answer, Booking) or answer.code in EXPECTED

    @rule(minutes=st.sampled_from([5, 20, 240, 1440, 3 * 1440]))
    def wait(self, minutes: int) -> None:
        self.clock.now += timedelta(minutes=minutes)

    @rule()
    def go_the_round(self) -> None:
        """What the engine does every ten minutes: sessions that are over become completed."""
        audit()

    def some_start(self, topic: str, place: int) -> datetime:
        found = [start for start, _ in openings(topic, self.clock.now)][:9]
        return found[place] if place < len(found) else self.clock.now + timedelta(hours=5)

    @invariant()
    def nobody_has_two_sessions_at_once(self) -> None:
        assert db.session.execute(sa.text(OVERLAPS)).all() == []
        db.session.rollback()

    @invariant()
    def nobody_has_more_sessions_in_a_week_than_they_give(self) -> None:
        weeks: dict[tuple[int, int, int], int] = {}
        for booking in db.session.scalars(sa.select(Booking).where(takes_part(self.clock.now))):
            year, week, _ = local(booking.starts_at, ZONE).isocalendar()
            key = (booking.maintainer_id, year, week)
            weeks[key] = weeks.get(key, 0) + 1
        db.session.rollback()
        assert max(weeks.values(), default=0) <= WEEKLY_LIMIT, weeks


def takes_part(now: datetime) -> sa.ColumnElement[bool]:
    """Sessions given or to be given; a hold counts until it expires."""
    held = sa.and_(Booking.status == BookingStatus.HELD, Booking.held_until > now)
    return sa.or_(held, Booking.status.in_((BookingStatus.CONFIRMED, BookingStatus.COMPLETED)))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application and database for all days; each begins with empty tables."""
    folder: Path = tmp_path_factory.mktemp("days")
    slots = {"early": ("09:00", 3), "late": ("09:15", 3)}
    community = write_community(
        folder / "days.toml",
        slots,
        {"ada": ["early", "late"], "bo": ["late"]},
        timezone=ZONE,
        weekly_limit=WEEKLY_LIMIT,
        horizon_days=16,
    )
    with opened(Settings(data=folder, community=community), Days.clock) as app:
        assert len(db.session.scalars(sa.select(Maintainer)).all()) == 2
        yield app


def test_whatever_happens_the_rules_hold(app: Flask) -> None:
    """No maintainer has two live sessions that overlap, or more in a week than they give."""
    run_state_machine_as_test(Days, settings=hypothesis_settings(max_examples=40, stateful_step_count=30))
