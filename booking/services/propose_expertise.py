"""Proposing what maintainers know, from the history of a repository and from sessions held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from booking import git_history
from booking.extensions import begin_write, db
from booking.models import Booking, BookingStatus, ExpertiseProposal, Maintainer, ProposalState, Topic
from booking.office import Office
from routing.expertise import Evidence, Person, propose

NO_PATHS = 'No topic has paths yet. Add paths = ["sdk/**"] to topics in the community file and apply it.'
HELD = (BookingStatus.CONFIRMED, BookingStatus.COMPLETED)


def propose_expertise(office: Office, repo: Path, since: date | None = None) -> list[ExpertiseProposal]:
    """The proposals that wait for their maintainer now: those of earlier runs that were not answered are replaced.

    A level is proposed where it is higher than what the maintainer says of themselves, and higher than what they
    declined before. Raises HistoryError, and LookupError while no topic has paths.
    """
    topics = db.session.scalars(sa.select(Topic).where(~Topic.retired).order_by(Topic.position)).all()
    if not any(topic.paths for topic in topics):
        raise LookupError(NO_PATHS)
    patterns = {topic.key: list(topic.paths) for topic in topics}
    now = office.now()
    people = _people(db.session(), now)
    db.session.rollback()  # reading a history takes a while
    history = {key: git_history.commits(repo, paths, since) if paths else [] for key, paths in patterns.items()}
    found = propose(people, git_history.commits(repo, since=since), history, now)
    return _write(db.session(), found, now)


def _people(session: Session, now: datetime) -> list[Person]:
    about = sa.func.coalesce(Booking.about_topic_id, Booking.topic_id)
    rows = session.execute(
        sa.select(Maintainer.key, Topic.key, Booking.starts_at)
        .join(Booking, Booking.maintainer_id == Maintainer.id)
        .join(Topic, Topic.id == about)
        .where(Booking.status.in_(HELD), Booking.ends_at < now)
    )
    sessions: dict[str, dict[str, list[datetime]]] = defaultdict(lambda: defaultdict(list))
    for maintainer, topic, start in rows:
        sessions[maintainer][topic].append(start)
    everybody = session.scalars(sa.select(Maintainer).where(~Maintainer.retired).order_by(Maintainer.position))
    return [
        Person(one.key, frozenset(each.lower() for each in (one.email, *one.git_emails)), sessions[one.key])
        for one in everybody
    ]


def _write(session: Session, found: Mapping[str, Mapping[str, Evidence]], now: datetime) -> list[ExpertiseProposal]:
    begin_write(session)
    session.execute(sa.delete(ExpertiseProposal).where(ExpertiseProposal.state == ProposalState.OPEN))
    decided = {
        (each.maintainer_id, each.topic_id): each for each in session.scalars(sa.select(ExpertiseProposal)).all()
    }
    topics = {topic.key: topic for topic in session.scalars(sa.select(Topic))}
    people = sa.select(Maintainer).options(selectinload(Maintainer.expertise)).order_by(Maintainer.position)
    proposals = []
    for person in session.scalars(people):
        known = {each.topic_id: each.level for each in person.expertise}
        for key, evidence in found.get(person.key, {}).items():
            topic, earlier = topics[key], decided.get((person.id, topics[key].id))
            declined = earlier.level if earlier and earlier.state == ProposalState.DECLINED else 0
            if evidence.level > max(known.get(topic.id, 0), declined):
                row = earlier or ExpertiseProposal(maintainer=person, topic=topic)
                row.level, row.evidence, row.state = evidence.level, _plain(evidence), ProposalState.OPEN
                row.proposed_at, row.decided_at = now, None
                session.add(row)
                proposals.append(row)
    session.commit()
    return proposals


def _plain(evidence: Evidence) -> dict[str, Any]:
    """Evidence as JSON has it; the level has a column of its own."""
    plain = asdict(evidence)
    del plain["level"]
    paths: Sequence[str] = evidence.paths
    return {**plain, "last": evidence.last.date().isoformat(), "paths": list(paths)}
