"""From a question in a person's own words to a topic, or to a page that answers it.

POST /find          ask: keep the question
GET  /find          show: what it seems to be about
POST /find/none     miss: none of the topics shown
GET  /find/others   others: all topics, to choose the nearest
POST /find/solved   solve: a page answered it
GET  /find/solved   thank
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from booking import docs, matcher, queries
from booking.extensions import limiter, office
from booking.forms import QuestionForm
from booking.models import DemandKind
from booking.programme_words import served
from booking.services.record_demand import record_demand
from booking.views.zone_choice import choose_zone
from routing.matching import Hopeless, Ranked, Sure, Unsure, answer
from routing.values import Topic

bp = Blueprint("find", __name__)

QUESTIONS_PER_ADDRESS = "30 per minute"
QUESTION, MISSED = "question", "missed"
Page = str | tuple[str, int] | Response


@dataclass(frozen=True, slots=True)
class Choice:
    """A topic to choose, when it is served, and the words of the question that spoke for it."""

    topic: Topic
    lines: list[str]
    words: tuple[str, ...]


@bp.post("/find")
@limiter.limit(QUESTIONS_PER_ADDRESS)
def ask() -> Page:
    form = QuestionForm(request.form)
    if not form.validate():
        return topics_page(form), 422
    # In the signed cookie of this visit. No address or log of ours has the question, links between the pages stay links
    # that Back and sharing work with, and it goes away when the browser is closed. The signature hides nothing, and
    # need not: only who wrote the question can read it there.
    session[QUESTION] = form.question.data
    session.pop(MISSED, None)
    return redirect(url_for("find.show"), 303)


@bp.get("/find")
def show() -> Page:
    question = kept_question()
    if not question:
        return redirect(url_for("public.topics"), 303)
    ranked = matcher.rank(question)
    choices = _choices(ranked)
    asked = {"question": question, "pages": docs.find(question)}
    match answer(ranked):
        case Sure():
            return render_template("booking/found.html", found=choices[0], others=choices[1:], **asked)
        case Unsure(likely):
            return render_template("booking/which.html", choices=choices[: len(likely)], **asked)
        case Hopeless():
            return render_template("booking/not_found.html", topics=_all_topics(), **asked)


@bp.post("/find/none")
@limiter.limit(QUESTIONS_PER_ADDRESS)
def miss() -> Page:
    """Written down once a question, with its words: they are what the organisers are missing."""
    question = kept_question()
    if question and MISSED not in session:
        zone = choose_zone("").chosen or None
        record_demand(office(), DemandKind.NO_TOPIC, question=question, timezone=zone, shown=_shown(question))
        session[MISSED] = True
    return redirect(url_for("find.others"), 303)


@bp.get("/find/others")
def others() -> Page:
    question = kept_question()
    if not question:
        return redirect(url_for("public.topics"), 303)
    return render_template("booking/others.html", question=question, topics=_all_topics(), pages=docs.find(question))


@bp.post("/find/solved")
@limiter.limit(QUESTIONS_PER_ADDRESS)
def solve() -> Page:
    """Counted once a question; neither the question nor who asked it is kept."""
    if kept_question():
        record_demand(office(), DemandKind.SOLVED, topic=request.form.get("topic"))
        forget_question()
    return redirect(url_for("find.thank"), 303)


@bp.get("/find/solved")
def thank() -> Page:
    return render_template("booking/solved.html")


def topics_page(form: QuestionForm) -> str:
    """The first page: ask, or choose a topic."""
    return render_template("booking/topics.html", topics=_all_topics(), form=form)


def kept_question() -> str:
    """What this visitor asked on the first page, until they book."""
    return str(session.get(QUESTION, ""))


def forget_question() -> None:
    session.pop(QUESTION, None)
    session.pop(MISSED, None)


def _shown(question: str) -> list[str]:
    """The topics that this question was taken for, as its page showed them."""
    match answer(matcher.rank(question)):
        case Sure(topic):
            return [topic]
        case Unsure(likely):
            return [topic for topic, _ in likely]
        case Hopeless():
            return []


def _all_topics() -> list[tuple[Topic, list[str]]]:
    programme = queries.programme()
    return [(topic, served(programme, topic)) for topic in programme.topics.values()]


def _choices(ranked: Ranked) -> list[Choice]:
    programme = queries.programme()
    return [Choice(programme.topics[key], served(programme, programme.topics[key]), words) for key, _, words in ranked]
