"""From refusals and errors to a status and an answer: a page in plain words, or problem JSON (RFC 9457) under /api/."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

from flask import Flask, Response, json, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from booking.extensions import db
from booking.services.refusal import Refusal, RefusalCode
from booking.views import shell

log = logging.getLogger(__name__)

API = "/api/"
MEDIA_TYPE = "application/problem+json"

STATUS: Mapping[RefusalCode, int] = {
    RefusalCode.UNKNOWN_TOPIC: 404,
    RefusalCode.TAKEN: 409,
    RefusalCode.UNROUTABLE: 409,
    RefusalCode.ALREADY_BOOKED: 409,
    RefusalCode.NOT_LIVE: 409,
    RefusalCode.TOO_LATE: 409,
    RefusalCode.TOO_MANY: 429,
    RefusalCode.WRONG_CODE: 422,
}


class Words(NamedTuple):
    """What a page says: the title, what happened, and what to do now."""

    title: str
    what: str
    remedy: str


PRIVATE_LINK = Words(
    "This private link does not work",
    "It may have been cut off on the way, or it has been replaced by a newer one.",
    "Open the link from your latest mail again, whole. If that does not help, answer the mail.",
)
ADDRESS_LINK = Words(
    "This link does not work any more",
    "It works for a day, and only the latest one that was asked for; or it was cut off on the way.",
    "Ask for a new one under “My bookings” below.",
)
STALE_FORM = Words(
    "This form was open too long",
    "For your safety a form works only in the browser that opened it, with cookies allowed.",
    "Go back, reload the page and send it again. Nothing has been changed.",
)
HOLD_OVER = Words(
    "This time has been given back",
    "It was held for fifteen minutes, and the address was not confirmed in them.",
    "Book again; it takes a minute.",
)
SESSION_OVER = Words(
    "This session is over",
    "Its meeting was open until half an hour after the end.",
    "Book another session if there is more to talk about.",
)
PAGES: Mapping[int, Words] = {
    400: Words("That request could not be read", "Something in it was missing or garbled.", "Go back and try again."),
    403: Words(
        "You cannot open this page",
        "It belongs to somebody else, or you are not signed in.",
        "Sign in with an address that may, or start from the topics.",
    ),
    404: Words("There is no such page", "The address may be mistyped or out of date.", "Start from the topics."),
    405: Words("That cannot be done here", "This address does not take such a request.", "Start from the topics."),
    409: Words("That is not possible any more", "Somebody was faster, or it was done already.", "Choose another time."),
    410: Words("This session is cancelled", "It will not take place.", "Book another time if you still need it."),
    413: Words("That is too much text", "What you sent is larger than this service takes.", "Go back and shorten it."),
    415: Words("That format is not understood", "This address takes JSON only.", "Send it as application/json."),
    422: Words("Something needs correcting", "A field was missing or not understood.", "Go back and correct it."),
    429: Words("Too many requests", "A lot came from your address in a short time.", "Wait a minute, then try again."),
    500: Words("Something went wrong here", "The mistake is ours, not yours.", "Please try again in a few minutes."),
    503: Words("The service is not available", "It cannot answer right now.", "Please try again in a few minutes."),
}

LINKS = {"private link": PRIVATE_LINK, "address link": ADDRESS_LINK}


def register(app: Flask) -> None:
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(OperationalError, _database_failed)


def status_of(refusal: Refusal) -> int:
    return STATUS[refusal.code]


def problem(
    status: int, detail: str, errors: Sequence[Mapping[str, str]] = (), **members: object
) -> tuple[Response, int]:
    """An answer as problem JSON; `members` are further ones, such as `openings`."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": list(errors),
    }
    return Response(json.dumps(body | members), mimetype=MEDIA_TYPE), status


def page(status: int, words: Words) -> tuple[str, int]:
    return render_template("errors/page.html", status=status, words=words), status


def _answer(error: HTTPException) -> Response | tuple[Response | str, int] | HTTPException:
    """Redirects stay what they are. A description given by our own code replaces the general words."""
    status = error.code or 500
    if status < 400:
        return error
    if isinstance(error, SecurityError):
        # Under a host name that is not ours no address can be built, so no page either.
        return Response("This service is not known under that name.\n", mimetype="text/plain"), status
    if status >= 500:
        shell.without_database()
    words = _words(error, status)
    if request.path.startswith(API):
        answer, _ = problem(status, f"{words.what} {words.remedy}")
    else:
        text, _ = page(status, words)
        answer = Response(text)
    for name, value in error.get_headers(request.environ):
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer, status


def _words(error: HTTPException, status: int) -> Words:
    if isinstance(error, CSRFError):
        return STALE_FORM
    if status == 404 and error.description in LINKS:
        return LINKS[error.description]
    words = PAGES.get(status, PAGES[400 if status < 500 else 500])
    ours = error.description not in {type(error).description, None} and status != 429
    return words._replace(what=str(error.description)) if ours and not isinstance(error, InternalServerError) else words


def _database_failed(error: DBAPIError) -> Response | tuple[Response | str, int] | HTTPException:
    log.error("The database did not answer: %s", type(error.orig).__name__)
    db.session.rollback()
    return _answer(_Unavailable())


class _Unavailable(HTTPException):
    code = 503
    description = PAGES[503].what
