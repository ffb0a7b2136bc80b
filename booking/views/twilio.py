"""What Twilio posts. `access` has checked that it was Twilio, by the signature.

POST /webhooks/twilio            report    ?delivery=   what became of a text (its StatusCallback)
POST /webhooks/twilio/incoming   listen                 what somebody wrote back: STOP, START, HELP
"""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from booking import phones, queries
from booking.extensions import db, office
from booking.notifications.messages import compose_help
from booking.reading import reading_as
from booking.services.hear_twilio import Word, hear_report, hear_word

bp = Blueprint("twilio", __name__, url_prefix="/webhooks/twilio")


@bp.post("")
def report() -> tuple[str, int]:
    form = request.form
    hear_report(
        office(),
        request.args.get("delivery", 0, type=int),
        form.get("MessageSid", ""),
        form.get("MessageStatus", ""),
        form.get("ErrorCode", type=int),
    )
    return "", 204


@bp.post("/incoming")
def listen() -> Response:
    from twilio.twiml.messaging_response import MessagingResponse

    already_answered = request.form.get("OptOutType")
    word = hear_word(office(), request.form.get("From", ""), already_answered or request.form.get("Body", ""))
    answer = MessagingResponse()
    if word is Word.HELP and not already_answered:
        with reading_as(phones.reading_of(db.session(), request.form.get("From", ""))):
            answer.message(compose_help(queries.community().name, office().settings.contact))
    return Response(str(answer), content_type="text/xml; charset=utf-8")
