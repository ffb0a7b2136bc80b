"""The JSON interface. Errors are problem JSON (RFC 9457); private links are the only credentials.

GET  /api/v1/topics                         list_topics
GET  /api/v1/openings                       list_openings   ?topic= &from= &to= &timezone=
POST /api/v1/bookings                       book            with Idempotency-Key
GET  /api/v1/bookings/<token>               show_booking
POST /api/v1/bookings/<token>/reschedule    reschedule
POST /api/v1/bookings/<token>/cancel        cancel
POST /api/v1/bookings/<token>/phone-code    prove_phone
POST /api/v1/bookings/<token>/phone-code/new    send_phone_code
GET  /api/v1/openapi.json                   describe

No cookie counts here, so no form token is asked for; `access` refuses what a browser sends from another site, and a
body that is not JSON is refused, which a plain form of another site could send.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import TypeVar

from flask import Blueprint, abort, jsonify, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response

from booking import formatting, history, phones, queries, validation
from booking.extensions import db, limiter, office, visitors_network
from booking.forms import sms_consent
from booking.models import Booking
from booking.reading import Reading, usual_hours
from booking.services.cancel import cancel as cancel_booking
from booking.services.prove_number import prove_number, send_code
from booking.services.refusal import Refusal, RefusalCode
from booking.services.reschedule import reschedule as move_booking
from booking.services.reserve import BookingRequest, reserve
from booking.views import openapi
from booking.views.callers import current_booking
from booking.views.openings import instant_text
from booking.views.problems import problem, status_of
from booking.views.public import BOOKINGS_PER_ADDRESS, manage_token
from booking.views.schemas import (
    BookingIn,
    BookingOut,
    CancelIn,
    Given,
    MaintainerOut,
    NothingIn,
    OpeningOut,
    OpeningsOut,
    PhoneCodeIn,
    ReasonOut,
    RescheduleIn,
    Rules,
    TopicOut,
    field_errors,
)
from routing import zones
from routing.answers import Opening
from routing.router import offer
from routing.values import TimeRange

bp = Blueprint("api", __name__, url_prefix="/api/v1")

Answer = Response | tuple[Response, int] | tuple[Response, int, dict[str, str]]
Body = TypeVar("Body", bound=Given)


@bp.get("/topics")
def list_topics() -> Answer:
    topics = queries.programme().topics.values()
    return jsonify(
        [
            TopicOut(
                key=topic.key, title=topic.title, description=topic.description, slots=list(topic.slots)
            ).model_dump()
            for topic in topics
        ]
    )


@bp.get("/openings")
def list_openings() -> Answer:
    roster, now = queries.roster(), office().now()
    topic = request.args.get("topic", "")
    if topic not in roster.programme.topics:
        return problem(
            404, f"There is no topic “{topic[:100]}” here.", [{"field": "topic", "message": "No such topic."}]
        )
    errors: list[dict[str, str]] = []
    zone = _zone(roster.programme.timezone, errors)
    window = _window(zone, now, now + timedelta(days=roster.programme.horizon_days + 2), errors)
    if errors:
        return problem(422, "Some parameters need correcting.", errors)
    if window is None:
        return jsonify(OpeningsOut(topic=topic, timezone=zone, openings=[]).model_dump())
    found = offer(roster.programme, topic, queries.diaries_of(roster, now, topic), now, window=window)
    return jsonify(OpeningsOut(topic=topic, timezone=zone, openings=_openings(found.openings, zone)).model_dump())


@bp.post("/bookings")
@limiter.limit(BOOKINGS_PER_ADDRESS)
def book() -> Answer:
    community = queries.community()
    asked = _body(BookingIn, Rules(community.sms_countries, bool(community.code_of_conduct)))
    if not isinstance(asked, BookingIn):
        return asked
    try:
        key = validation.idempotency_key(request.headers.get("Idempotency-Key", ""))
    except ValueError as error:
        return problem(400, str(error), [{"field": "Idempotency-Key", "message": str(error)}])
    answer = reserve(office(), _request(asked, key))
    if isinstance(answer, Refusal):
        return _refused(answer, asked.timezone)
    return _shown(answer, asked.topic), 201, {"Location": url_for("api.show_booking", token=manage_token(answer))}


@bp.get("/bookings/<token>")
def show_booking() -> Answer:
    return _shown(current_booking())


@bp.post("/bookings/<token>/reschedule")
@limiter.limit(BOOKINGS_PER_ADDRESS)
def reschedule() -> Answer:
    asked = _body(RescheduleIn)
    if not isinstance(asked, RescheduleIn):
        return asked
    zone = current_booking().attendee_timezone
    answer = move_booking(office(), current_booking().id, validation.instant(asked.start))
    return _refused(answer, zone) if isinstance(answer, Refusal) else _shown(answer)


@bp.post("/bookings/<token>/cancel")
@limiter.limit(BOOKINGS_PER_ADDRESS)
def cancel() -> Answer:
    asked = _body(CancelIn)
    if not isinstance(asked, CancelIn):
        return asked
    zone = current_booking().attendee_timezone
    answer = cancel_booking(office(), current_booking().id, by=history.ATTENDEE, reason=asked.reason)
    return _refused(answer, zone) if isinstance(answer, Refusal) else _shown(answer)


@bp.post("/bookings/<token>/phone-code")
@limiter.limit(BOOKINGS_PER_ADDRESS)
def prove_phone() -> Answer:
    asked = _body(PhoneCodeIn)
    if not isinstance(asked, PhoneCodeIn):
        return asked
    zone = current_booking().attendee_timezone
    answer = prove_number(office(), current_booking(), asked.code)
    return _refused(answer, zone) if isinstance(answer, Refusal) else _shown(answer)


@bp.post("/bookings/<token>/phone-code/new")
@limiter.limit(BOOKINGS_PER_ADDRESS)
def send_phone_code() -> Answer:
    asked = _body(NothingIn)
    if not isinstance(asked, NothingIn):
        return asked
    zone = current_booking().attendee_timezone
    answer = send_code(office(), current_booking(), visitors_network())
    return _refused(answer, zone) if isinstance(answer, Refusal) else _shown(answer)


@bp.get("/openapi.json")
def describe() -> Answer:
    return jsonify(openapi.document(version("officehours"), office().settings.base_url))


def _body(model: type[Body], rules: Rules | None = None) -> Body | tuple[Response, int]:
    """The request's JSON, checked; or the problem with it. An empty body counts as an empty object."""
    if not request.is_json:
        abort(415)
    try:
        return model.model_validate_json(request.get_data() or b"{}", context=rules)
    except ValidationError as error:
        errors = field_errors(error)
        if any(one["type"] == "json_invalid" for one in error.errors()):
            return problem(400, "The body is not valid JSON.", errors)
        return problem(422, "Some members need correcting.", errors)


def _request(asked: BookingIn, key: str) -> BookingRequest:
    consented = asked.sms_consent and asked.phone is not None
    return BookingRequest(
        topic=asked.topic,
        start=validation.instant(asked.start),
        name=asked.name,
        email=asked.email,
        timezone=asked.timezone,
        question=asked.question,
        links=tuple(asked.links),
        phone=asked.phone if consented else None,
        sms_consent=sms_consent(queries.community().name) if consented else None,
        idempotency_key=key,
        accept_conduct=asked.accept_conduct,
        network=visitors_network(),
        reading=Reading(asked.language, asked.hours or usual_hours(asked.language)),
    )


def _zone(home: str, errors: list[dict[str, str]]) -> str:
    try:
        return validation.timezone(request.args.get("timezone") or home)
    except ValueError as error:
        errors.append({"field": "timezone", "message": str(error)})
        return home


def _window(zone: str, first: datetime, last: datetime, errors: list[dict[str, str]]) -> TimeRange | None:
    """From `from` to `to`, each an instant or a local date, the last date included; None when they leave no time."""
    start = _bound("from", zone, first, errors)
    end = _bound("to", zone, last, errors)
    return TimeRange(start, end) if start < end else None


def _bound(name: str, zone: str, default: datetime, errors: list[dict[str, str]]) -> datetime:
    text = request.args.get(name)
    if not text:
        return default
    try:
        if validation.DAY.fullmatch(text):
            day = zones.day_range(validation.day(text), validation.day(text), zone)
            return day.start if name == "from" else day.end
        return validation.instant(text)
    except ValueError as error:
        errors.append({"field": name, "message": str(error)})
        return default


def _openings(openings: Iterable[Opening], zone: str) -> list[OpeningOut]:
    return [
        OpeningOut(
            start=instant_text(opening.range.start),
            end=instant_text(opening.range.end),
            slot=opening.slot,
            free=opening.free,
            local_start=zones.local(opening.range.start, zone).isoformat(),
            night=formatting.is_night(opening.range.start, zone),
        )
        for opening in openings
    ]


def _refused(refusal: Refusal, zone: str) -> tuple[Response, int]:
    nearest = [opening.model_dump() for opening in _openings(refusal.openings, zone)]
    fields = {RefusalCode.UNKNOWN_TOPIC: "topic", RefusalCode.WRONG_CODE: "code"}
    errors = [{"field": fields[refusal.code], "message": refusal.detail}] if refusal.code in fields else []
    members = {"openings": nearest} if status_of(refusal) == 409 else {}
    return problem(status_of(refusal), refusal.detail, errors, **members)


def _shown(booking: Booking, topic: str | None = None) -> Response:
    """The booking's JSON. Who knows the key of its topic saves reading it."""
    links = office().links
    manage_url = links.manage(booking.public_id, booking.generation)
    return jsonify(
        BookingOut(
            id=booking.public_id,
            status=booking.status,
            sequence=booking.sequence,
            topic=topic or booking.topic.key,
            start=instant_text(booking.starts_at),
            end=instant_text(booking.ends_at),
            maintainer=MaintainerOut(name=booking.maintainer.name),
            reasons=[ReasonOut(code=reason["code"], text=reason["text"]) for reason in booking.reasons],
            manage_url=manage_url,
            join_url=links.join(booking.public_id, booking.generation),
            ics_url=f"{manage_url}/invite.ics",
            texts=phones.of_guest(db.session(), booking),
        ).model_dump()
    )
