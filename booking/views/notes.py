"""Notes of sessions that both sides publish, and the attendee's word on theirs.

GET  /notes             browse      ?q= &topic= &page=
GET  /notes/<id>        show
GET  /b/<token>/note    review      the note exactly as it would be published
POST /b/<token>/note    answer
"""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking import notes
from booking.extensions import limiter, office
from booking.reading import _
from booking.services.answer_note import answer_note
from booking.services.refusal import Refusal
from booking.views import find
from booking.views.callers import current_booking, current_token

bp = Blueprint("notes", __name__)

SEARCHES_PER_ADDRESS = "60 per minute"
LONGEST_SEARCH, LAST_PAGE = 200, 1000
Page = str | Response


@bp.get("/notes")
@limiter.limit(SEARCHES_PER_ADDRESS)
def browse() -> Page:
    asked = request.args.get("q", "")[:LONGEST_SEARCH].replace("\0", " ").strip()
    topics = notes.topics()
    topic = next((one for one in topics if one.key == request.args.get("topic")), None)
    page = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    found, more = notes.search(asked, topic.key if topic else None, page)
    return render_template(
        "notes/browse.html", asked=asked, topics=topics, topic=topic, page=page, found=found, more=more
    )


@bp.get("/notes/<int(max=2147483647):note_id>")
def show(note_id: int) -> Page:
    note = notes.published(note_id)
    if note is None:
        abort(404, description=_("This note is not public any more, or never was."))
    return render_template("notes/show.html", note=note, text=notes.render(note.text), asked=bool(find.kept_question()))


@bp.get("/b/<token>/note")
def review() -> Page:
    note = notes.of_booking(current_booking().id)
    if note is None or not note.publish:
        return render_template("notes/review.html", note=None, token=current_token())
    return render_template("notes/review.html", note=note, text=notes.render(note.text), token=current_token())


@bp.post("/b/<token>/note")
@limiter.limit(SEARCHES_PER_ADDRESS)
def answer() -> Page:
    """The button pressed is the answer: only "yes" agrees."""
    agree = request.form.get("answer") == "yes"
    version = request.form.get("version", 0, type=int)
    answered = answer_note(office(), current_booking().id, version, agree=agree)
    if isinstance(answered, Refusal):
        flash(answered.detail)
    else:
        flash(_("Thank you. The note is published.") if agree else _("The note is not published."))
    return redirect(url_for("notes.review", token=current_token()), 303)
