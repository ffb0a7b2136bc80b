"""Who may reach what: the one place that decides. An endpoint without a rule here is closed.

- anyone: no rule but the general ones
- link(...): whoever has the private link of a booking, made for one of these purposes
- waiter: whoever has the link of a place on the waiting list
- mine: whoever has the latest link that was mailed to an address, for a day
- feed: whoever has the present address of a maintainer's feed
- maintainer, organiser, administrator, staff, signed_in: people who signed in, by what they are (see `staff`)
- fresh, fresh_maintainer: who signed in within ten minutes, for changing ways to sign in, app passwords and calendars
- manager: who may act on the account in question
- session, own_session: the maintainer of the session in question; the first, organisers and administrators too
- own_hours: the maintainer whose key is in the address, organisers and administrators
- from_zoom: whoever signs with the secret of our Zoom app's event subscription; without one there is no such address
- from_twilio: whoever signs with our Twilio account's token; without one there is no such address
- while_printing: only on this machine, while mails are printed instead of sent

Before that, a request that changes something must not come from another site. Browsers say so in Sec-Fetch-Site; for
those that do not, Origin must be ours. The private pages send no Referer, so that header cannot be asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, abort, g, request
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from booking import audit_log, queries
from booking.extensions import office
from booking.links import Purpose
from booking.models import Act
from booking.reading import _
from booking.views.guards import (
    NO_STORE,
    SAFE_METHODS,
    Rule,
    administrator,
    anyone,
    anyone_afresh,
    anyone_framed,
    anyone_kept,
    anyone_unstored,
    anyone_versioned,
    duties,
    feed,
    fresh,
    fresh_maintainer,
    from_twilio,
    from_zoom,
    link,
    maintainer,
    maintainer_or_organiser,
    manage,
    manager,
    mine,
    organiser,
    picture,
    signed_in,
    waiter,
    while_printing,
)
from booking.views.hours_rules import own_hours
from booking.views.session_rules import own_session, session

RULES: Mapping[str, Rule] = {
    "static": anyone,
    "bootstrap.static": anyone,
    "looks.colours": anyone_versioned,
    "looks.logo": picture,
    "public.topics": anyone_afresh,
    "public.times": anyone_afresh,
    "public.hold": anyone_unstored,
    "public.details": anyone_kept,
    "public.book": anyone_unstored,
    "find.ask": anyone_unstored,
    "find.show": anyone_unstored,
    "find.miss": anyone_unstored,
    "find.others": anyone_unstored,
    "find.solve": anyone_unstored,
    "find.thank": anyone_unstored,
    "schedule.show": anyone_afresh,
    "embed.times": anyone_framed,
    "embed.badge": anyone,
    "waiting.none_suits": anyone_unstored,
    "waiting.ask": anyone_unstored,
    "waiting.join": anyone_unstored,
    "waiting.show": waiter,
    "waiting.take": waiter,
    "waiting.pass_on": waiter,
    "waiting.prove_phone": waiter,
    "waiting.send_phone_code": waiter,
    "waiting.find_code_field": waiter,
    "waiting.leave": waiter,
    "mine.ask": anyone_unstored,
    "mine.send_link": anyone_unstored,
    "mine.show": mine,
    "mine.export": mine,
    "mine.review_erase": mine,
    "mine.erase": mine,
    "manage.show": manage,
    "manage.choose_time": manage,
    "manage.review_move": manage,
    "manage.move": manage,
    "manage.ask_cancel": manage,
    "manage.cancel": manage,
    "manage.download_invite": manage,
    "manage.prove_phone": manage,
    "manage.send_phone_code": manage,
    "manage.find_code_field": manage,
    "manage.join": link(Purpose.JOIN, Purpose.MANAGE),
    "reminders.show": link(Purpose.REMINDERS),
    "reminders.choose": link(Purpose.REMINDERS),
    "reminders.show_duties": duties,
    "reminders.choose_duties": duties,
    "manage.ask_confirm": link(Purpose.VERIFY),
    "manage.confirm": link(Purpose.VERIFY),
    "sign_in.ask": anyone_unstored,
    "sign_in.send_link": anyone_unstored,
    "sign_in.review": anyone_unstored,
    "sign_in.enter": anyone_unstored,
    "sign_in.leave": anyone_unstored,
    "identities.begin": anyone_unstored,
    "identities.finish": anyone_unstored,
    "passkeys.challenge": anyone_unstored,
    "passkeys.enter": anyone_unstored,
    "maintainer.show": maintainer,
    "maintainer.create_app_password": fresh_maintainer,
    "maintainer.remove_app_password": fresh_maintainer,
    "maintainer.connect_calendar": fresh_maintainer,
    "maintainer.connect_feed": fresh_maintainer,
    "maintainer.show_calendars": maintainer,
    "maintainer.choose_calendars": maintainer,
    "maintainer.remove_connection": fresh_maintainer,
    "sessions.show": session,
    "sessions.ask_decline": own_session,
    "sessions.decline": own_session,
    "sessions.choose_colleague": session,
    "sessions.hand_over": session,
    "sessions.choose_time": session,
    "sessions.review_move": session,
    "sessions.move": session,
    "sessions.ask_cancel": session,
    "sessions.cancel": session,
    "sessions.record_attendance": own_session,
    "sessions.correct": own_session,
    "maintainer.decide": maintainer,
    "my_hours.find": maintainer,
    "my_hours.show": own_hours,
    "my_hours.limit": own_hours,
    "my_hours.choose_hours": own_hours,
    "my_hours.choose_date": own_hours,
    "my_hours.remove_date": own_hours,
    "my_hours.choose_mails": own_hours,
    "my_hours.add_leave": own_hours,
    "my_hours.remove_leave": own_hours,
    "profiles.download": maintainer,
    "calendars.show": maintainer,
    "calendars.read": maintainer,
    "calendars.restore": maintainer,
    "calendars.accept": maintainer,
    "calendars.put_back": maintainer,
    "outcomes.keep": own_session,
    "outcomes.withdraw": session,
    "notes.browse": anyone_afresh,
    "notes.show": anyone_afresh,
    "notes.review": link(Purpose.NOTE, Purpose.MANAGE),
    "notes.answer": link(Purpose.NOTE, Purpose.MANAGE),
    "behalf.choose_topic": maintainer,
    "behalf.choose_time": maintainer,
    "behalf.details": maintainer,
    "behalf.book": maintainer,
    "feeds.sessions": feed,
    "feeds.schedule": anyone_afresh,
    "feeds.renew": maintainer,
    "routes.ask": maintainer_or_organiser,
    "routes.show": maintainer_or_organiser,
    "admin.show": organiser,
    "admin.messages": organiser,
    "admin.search": organiser,
    "admin.send_again": organiser,
    "bookings.show": organiser,
    "bookings.search": organiser,
    "bookings.download": organiser,
    "programme.show": organiser,
    "people.show": organiser,
    "people.invite": manager,
    "people.invite_again": manager,
    "people.set_role": manager,
    "people.disable": manager,
    "people.enable": manager,
    "audit.show": administrator,
    "account.show": signed_in,
    "account.end_session": signed_in,
    "account.end_others": signed_in,
    "account.unlink": fresh,
    "identities.link": fresh,
    "passkeys.offer": fresh,
    "passkeys.add": fresh,
    "passkeys.rename": fresh,
    "passkeys.remove": fresh,
    "outbox.browse": while_printing,
    "outbox.show": while_printing,
    "outbox.show_html": while_printing,
    "outbox.download_invite": while_printing,
    "api.list_topics": anyone_afresh,
    "api.list_openings": anyone_afresh,
    "api.describe": anyone_afresh,
    "api.book": anyone_unstored,
    "api.show_booking": manage,
    "api.reschedule": manage,
    "api.cancel": manage,
    "zoom_events.receive": from_zoom,
    "api.prove_phone": manage,
    "api.send_phone_code": manage,
    "twilio.report": from_twilio,
    "twilio.listen": from_twilio,
    "health.live": anyone_unstored,
    "health.ready": anyone_unstored,
}


def register(app: Flask) -> None:
    # Flask-WTF would ask for a Referer over https; `_refuse_other_sites` stands in for it (see above).
    app.config["WTF_CSRF_SSL_STRICT"] = False
    app.url_value_preprocessor(_take_token)
    app.before_request(_decide)
    # Flask calls these from last to first; the first in the list comes after Talisman and has the last word.
    app.after_request_funcs.setdefault(None, []).insert(0, _finish)


def _take_token(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.token = (values or {}).pop("token", "")


def _decide() -> Response | None:
    _refuse_other_sites()
    if request.endpoint is None:
        return None  # no such page or method: the error handler answers
    rule = RULES.get(request.endpoint)
    if rule is None:
        abort(403)
    try:
        return rule.check()
    except Forbidden:
        _note_refusal()
        raise


def _note_refusal() -> None:
    """Whoever is signed in and tries what they may not is in the audit log; strangers would only fill it."""
    caller = g.get("caller")
    if caller is not None:
        audit_log.record_at_once(Act.REFUSED, office().now(), caller.account_id, request.endpoint or "")


def _refuse_other_sites() -> None:
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None:
        foreign = site not in {"same-origin", "none"}
    else:
        foreign = origin not in {None, "null", f"{request.scheme}://{request.host}"}
    if foreign:
        abort(403, description=_("This request came from another website, so nothing was done."))


def _finish(response: Response) -> Response:
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    rule = RULES.get(request.endpoint or "")
    response.headers.update(rule.headers if rule else NO_STORE)
    response.headers.update(g.get("headers", {}))
    if rule is not None and rule.framed and not g.get("bare"):
        _allow_frames(response, queries.community().embed_origins)
    return response


def _allow_frames(response: Response, origins: Sequence[str]) -> None:
    """Let the pages of these origins, and no others, show this one in a frame."""
    if origins:
        response.content_security_policy.frame_ancestors = " ".join(origins)
        del response.headers["X-Frame-Options"]  # it can name no origin
