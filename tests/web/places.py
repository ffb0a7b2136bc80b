"""A concrete address for every endpoint, with a real booking, message and account behind each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import Flask, current_app, url_for

from booking.effects.delivery import deliver
from booking.effects.links import mail_sign_in_link
from booking.extensions import db
from booking.links import Purpose
from booking.models import (
    AddressLink,
    AppPassword,
    Booking,
    Calendar,
    Connection,
    Delivery,
    Logo,
    Maintainer,
    Method,
    Note,
    PrintedMessage,
    SignInLink,
    Waiter,
)
from booking.services import app_passwords, sign_in, waitlist
from booking.services.mail_my_bookings import mail_my_bookings
from booking.services.waitlist import Wait
from tests.web.browser import Browser, account_of, set_policy
from tests.web.program import FIRST, SECOND

HELD = "held@example.com"


def token(app: Flask, purpose: Purpose, email: str = "asha@example.com") -> str:
    """The private link's token of the booking made with this address."""
    with app.app_context():
        booking = db.session.scalars(sa.select(Booking).where(Booking.attendee_email == email)).one()
        links = app.extensions["officehours"].links
        found: str = links.token(booking.public_id, purpose, booking.generation)
        return found


def feed(app: Flask, key: str) -> str:
    """The present path of a maintainer's feed."""
    with app.app_context():
        maintainer = db.session.scalars(sa.select(Maintainer).where(Maintainer.key == key)).one()
        links = app.extensions["officehours"].links
        found: str = links.feed(maintainer.key, maintainer.feed_generation)
        return found.removeprefix(links.base_url)


def duties(app: Flask, key: str) -> str:
    """The token of the link by which a maintainer ends reminders."""
    with app.app_context():
        maintainer = db.session.scalars(sa.select(Maintainer).where(Maintainer.key == key)).one()
        found: str = app.extensions["officehours"].links.duties(maintainer.key, maintainer.feed_generation)
        return found.rpartition("/")[2]


def deliver_all(app: Flask) -> None:
    """Send what is due, as the job engine would."""
    with app.app_context():
        now = app.extensions["officehours"].now()
        asked = sa.select(SignInLink.id).where(SignInLink.method == Method.MAIL)
        for link_id in db.session.scalars(asked.order_by(SignInLink.id)).all():
            mail_sign_in_link(link_id, 0)
        due = db.session.scalars(
            sa.select(Delivery.id).where(Delivery.due_at <= now, Delivery.state == "pending")
        ).all()
        for delivery_id in due:
            deliver(delivery_id, 0)


def inhabit(app: Flask) -> None:
    """A confirmed booking, one that waits for its proof (of `HELD`), and their messages; and a logo."""
    Browser(app).booked(FIRST)
    set_policy(app, verify_email=True)
    Browser(app).booked(SECOND, email=HELD)
    deliver_all(app)
    with app.app_context():
        db.session.add(Logo(media_type="image/svg+xml", image=b"<svg/>"))
        db.session.commit()


@dataclass(frozen=True)
class Place:
    """One endpoint, where it is, and who may go there."""

    endpoint: str
    path: str
    method: str


def places(app: Flask) -> list[Place]:
    """Every endpoint of the application with values that exist. Wants a confirmed and a held booking (`HELD`)."""
    values = _values(app)
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            known = values.get(rule.endpoint, {})
            arguments = {name: value for name, value in known.items() if name in rule.arguments}
            assert rule.arguments == set(arguments), f"tests/web/places.py has no values for {rule.endpoint}"
            found += [Place(rule.endpoint, url_for(rule.endpoint, **known), method) for method in sorted(methods)]
    return found


Values = dict[str, dict[str, str | int]]


def _values(app: Flask) -> Values:
    topic: dict[str, str | int] = {"key": "flytekit", "start": "2026-12-01T15:00:00Z", "tz": "Asia/Kolkata"}
    return {
        "static": {"filename": "officehours.css"},
        "bootstrap.static": {"filename": "css/bootstrap.min.css"},
        **{f"public.{name}": topic for name in ("times", "details", "hold", "book")},
        **{f"behalf.{name}": topic for name in ("choose_time", "details", "book")},
        **{f"waiting.{name}": {"key": "flytekit"} for name in ("none_suits", "ask", "join")},
        "embed.times": topic,
        "embed.badge": {"key": "flytekit"},
        "api.list_openings": {"topic": "flytekit"},
        **_of_links(app),
        **_of_staff(app),
    }


def _of_links(app: Flask) -> Values:
    """What people reach by a link of their own."""
    manage, verify = token(app, Purpose.MANAGE), token(app, Purpose.VERIFY, HELD)
    private = ("show", "choose_time", "review_move", "move", "ask_cancel", "cancel", "download_invite")
    number = ("prove_phone", "send_phone_code", "find_code_field")
    api = ("show_booking", "reschedule", "cancel", "prove_phone", "send_phone_code")
    with app.app_context():
        link = sign_in.print_link(app.extensions["officehours"], account_of("example-1")).rpartition("/")[2]
        mine, note = _mine(), _note()
    return {
        **{f"manage.{name}": {"token": manage, "start": "2026-12-01T15:00:00Z"} for name in (*private, *number)},
        "manage.join": {"token": token(app, Purpose.JOIN)},
        **{f"manage.{name}": {"token": verify} for name in ("ask_confirm", "confirm")},
        **{f"reminders.{name}": {"token": token(app, Purpose.REMINDERS)} for name in ("show", "choose")},
        **{f"reminders.{name}_duties": {"token": duties(app, "example-1")} for name in ("show", "choose")},
        **{f"waiting.{name}": {"token": _waiting(app)} for name in ("show", "take", "pass_on", "leave", *number)},
        **{f"mine.{name}": {"token": mine} for name in ("show", "export", "review_erase", "erase")},
        "notes.show": {"note_id": note},
        **{f"notes.{name}": {"token": token(app, Purpose.NOTE)} for name in ("review", "answer")},
        **{f"sign_in.{name}": {"token": link} for name in ("review", "enter")},
        "feeds.sessions": {"token": feed(app, "example-1").removeprefix("/feeds/").removesuffix(".ics")},
        **{f"api.{name}": {"token": manage} for name in api},
    }


def _of_staff(app: Flask) -> Values:
    """What people reach who signed in; the session, the login and the password are the first maintainer's."""
    sessions = ("show", "ask_decline", "decline", "choose_colleague", "hand_over", "choose_time", "review_move", "move")
    sessions += ("ask_cancel", "cancel", "record_attendance", "correct")
    hours = ("show", "limit", "choose_hours", "choose_date", "remove_date", "choose_mails", "add_leave")
    connections = ("show_calendars", "choose_calendars", "remove_connection")
    with app.app_context():
        office = app.extensions["officehours"]
        app_passwords.create(office, account_of("example-1").maintainer_id or 0, "Phone")
        password_id = db.session.scalars(sa.select(AppPassword.id)).one()
        connection_id = _connection(office.now())
        message_id = db.session.scalars(sa.select(PrintedMessage.id).order_by(PrintedMessage.id)).first() or 0
    return {
        **{f"sessions.{name}": {"booking_id": 1} for name in sessions},
        **{f"outcomes.{name}": {"booking_id": 1} for name in ("keep", "withdraw")},
        "admin.send_again": {"delivery_id": 1},
        **{f"identities.{name}": {"provider": "oidc"} for name in ("begin", "link", "finish")},
        **{f"passkeys.{name}": {"passkey_id": 1} for name in ("rename", "remove")},
        **{f"people.{name}": {"account_id": 2} for name in ("invite_again", "set_role", "disable", "enable")},
        "account.end_session": {"session_id": 1},
        "account.unlink": {"identity_id": 1},
        "maintainer.remove_app_password": {"app_password_id": password_id},
        "maintainer.decide": {"proposal_id": 1},
        **{f"maintainer.{name}": {"connection_id": connection_id} for name in connections},
        **{f"outbox.{name}": {"message_id": message_id} for name in ("show", "show_html", "download_invite")},
        **{f"calendars.{name}": {"calendar_id": 1} for name in ("restore", "accept")},
        "calendars.put_back": {"event_id": 1},
        **{f"my_hours.{name}": {"key": "example-1"} for name in hours},
        "my_hours.remove_leave": {"key": "example-1", "leave_id": 1},
    }


def _waiting(app: Flask) -> str:
    """The link's token of somebody on the waiting list."""
    with app.app_context():
        found = db.session.scalar(sa.select(Waiter))
        office = app.extensions["officehours"]
        if found is None:
            until = office.now() + timedelta(days=3)
            wait = Wait("flytekit", until, "Wei", "wei@example.com", "Asia/Shanghai", "Why?")
            found = waitlist.join(office, wait)
            assert isinstance(found, Waiter)
        return str(office.links.wait(found.public_id)).rpartition("/")[2]


def _note() -> int:
    """The id of a note that is public."""
    if db.session.get(Note, 1) is None:
        words = {"solved": "yes", "title": "Secrets", "text": "Mount them.", "links": [], "stems": {}}
        answer = {"publish": True, "agreed": True, "version": 1, "written_at": datetime(2026, 11, 30, tzinfo=UTC)}
        db.session.add(Note(booking_id=1, topic_id=1, answered_at=answer["written_at"], **words, **answer))
        db.session.commit()
    return 1


def _mine() -> str:
    """The token of somebody's link to all their bookings."""
    office = current_app.extensions["officehours"]
    latest = sa.select(AddressLink).order_by(AddressLink.id.desc())
    if db.session.scalar(latest) is None:
        assert mail_my_bookings(office, "asha@example.com", "192.0.2.7") is None
    return str(office.links.mine(db.session.scalars(latest).first().public_id)).rpartition("/")[2]


def _connection(now: datetime) -> int:
    """The id of a login of the first maintainer, whose one calendar is not chosen yet."""
    found = db.session.scalar(sa.select(Connection.id))
    if found is not None:
        return found
    mine = {"maintainer_id": account_of("example-1").maintainer_id, "url": "https://dav.example.org"}
    connection = Connection(**mine, username="ada", auth="basic", secret=b"x", created_at=now)
    db.session.add(connection)
    db.session.add(Calendar(**mine, connection=connection, kind="caldav", writes=False, reads=False))
    db.session.commit()
    return connection.id
