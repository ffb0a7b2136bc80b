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
from booking.reading import _
from booking.services.refusal import Refusal, RefusalCode
from booking.views import shell
from routing.phrases import marked

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
    marked("This private link does not work"),
    marked("It may have been cut off on the way, or it has been replaced by a newer one."),
    marked("Open the link from your latest mail again, whole. If that does not help, answer the mail."),
)
ADDRESS_LINK = Words(
    "This link does not work any more",
    "It works for a day, and only the latest one that was asked for; or it was cut off on the way.",
    "Ask for a new one under “My bookings” below.",
)
STALE_FORM = Words(
    marked("This form was open too long"),
    marked("For your safety a form works only in the browser that opened it, with cookies allowed."),
    marked("Go back, reload the page and send it again. Nothing has been changed."),
)
HOLD_OVER = Words(
    marked("This time has been given back"),
    marked("It was held for fifteen minutes, and the address was not confirmed in them."),
    marked("Book again; it takes a minute."),
)
SESSION_OVER = Words(
    marked("This session is over"),
    marked("Its meeting was open until half an hour after the end."),
    marked("Book another session if there is more to talk about."),
)
PAGES: Mapping[int, Words] = {
    400: Words(
        marked("That request could not be read"),
        marked("Something in it was missing or garbled."),
        marked("Go back and try again."),
    ),
    403: Words(
        marked("You cannot open this page"),
        marked("It belongs to somebody else, or you are not signed in."),
        marked("Sign in with an address that may, or start from the topics."),
    ),
    404: Words(
        marked("There is no such page"),
        marked("The address may be mistyped or out of date."),
        marked("Start from the topics."),
    ),
    405: Words(
        marked("That cannot be done here"),
        marked("This address does not take such a request."),
        marked("Start from the topics."),
    ),
    409: Words(
        marked("That is not possible any more"),
        marked("Somebody was faster, or it was done already."),
        marked("Choose another time."),
    ),
    410: Words(
        marked("This session is cancelled"),
        marked("It will not take place."),
        marked("Book another time if you still need it."),
    ),
    413: Words(
        marked("That is too much text"),
        marked("What you sent is larger than this service takes."),
        marked("Go back and shorten it."),
    ),
    415: Words(
        marked("That format is not understood"),
        marked("This address takes JSON only."),
        marked("Send it as application/json."),
    ),
    422: Words(
        marked("Something needs correcting"),
        marked("A field was missing or not understood."),
        marked("Go back and correct it."),
    ),
    429: Words(
        marked("Too many requests"),
        marked("A lot came from your address in a short time."),
        marked("Wait a minute, then try again."),
    ),
    500: Words(
        marked("Something went wrong here"),
        marked("The mistake is ours, not yours."),
        marked("Please try again in a few minutes."),
    ),
    503: Words(
        marked("The service is not available"),
        marked("It cannot answer right now."),
        marked("Please try again in a few minutes."),
    ),
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
    """A page that says so, in the reader's language."""
    return render_template("errors/page.html", status=status, words=Words(*map(_, words))), status


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
    log.error("The database did not answer: %s", getattr(error.orig, "sqlite_errorname", type(error.orig).__name__))
    db.session.rollback()
    return _answer(_Unavailable())


class _Unavailable(HTTPException):
    code = 503
    description = PAGES[503].what
