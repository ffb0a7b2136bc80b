"""From a question in a person's own words to a topic.

POST /find          keep the question
GET  /find          what it seems to be about
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from booking import matcher, queries
from booking.extensions import limiter
from booking.forms import QuestionForm
from booking.views.programme import served
from routing.matching import Hopeless, Ranked, Sure, Unsure, answer
from routing.values import Topic

bp = Blueprint("find", __name__)

QUESTIONS_PER_ADDRESS = "30 per minute"
QUESTION = "question"
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
    # In the signed cookie of this visit. No address, log or table of ours has the question before it is booked, links
    # between the pages stay links that Back and sharing work with, and it goes away when the browser is closed. The
    # signature hides nothing, and need not: only who wrote the question can read it there.
    session[QUESTION] = form.question.data
    return redirect(url_for("find.show"), 303)


@bp.get("/find")
def show() -> Page:
    question = kept_question()
    if not question:
        return redirect(url_for("public.topics"), 303)
    ranked = matcher.rank(question)
    choices = _choices(ranked)
    match answer(ranked):
        case Sure():
            return render_template("booking/found.html", question=question, found=choices[0], others=choices[1:])
        case Unsure(likely):
            return render_template("booking/which.html", question=question, choices=choices[: len(likely)])
        case Hopeless():
            return render_template("booking/not_found.html", question=question, topics=_all_topics())


def topics_page(form: QuestionForm) -> str:
    """The first page: ask, or choose a topic."""
    return render_template("booking/topics.html", topics=_all_topics(), form=form)


def kept_question() -> str:
    """What this visitor asked on the first page, until they book."""
    return str(session.get(QUESTION, ""))


def forget_question() -> None:
    session.pop(QUESTION, None)


def _all_topics() -> list[tuple[Topic, list[str]]]:
    programme = queries.programme()
    return [(topic, served(programme, topic)) for topic in programme.topics.values()]


def _choices(ranked: Ranked) -> list[Choice]:
    programme = queries.programme()
    return [Choice(programme.topics[key], served(programme, programme.topics[key]), words) for key, _, words in ranked]
