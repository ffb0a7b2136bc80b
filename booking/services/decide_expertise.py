"""A maintainer's answer to a proposed level."""

from __future__ import annotations

import sqlalchemy as sa

from booking import audit_log
from booking.extensions import begin_write, db
from booking.models import Act, Community, Expertise, ExpertiseProposal, ProposalState
from booking.office import Office


def decide_expertise(
    office: Office, by: int, maintainer_id: int, proposal_id: int, *, accept: bool
) -> ExpertiseProposal:
    """Take over the level where it is higher, or keep what was; the proposal remembers which, and what comes back says
    so. Another answer later changes nothing.

    Raises LookupError for somebody else's proposal, or one that is not there any more.
    """
    session = db.session()
    begin_write(session)
    proposal = session.get(ExpertiseProposal, proposal_id, with_for_update=True)
    if proposal is None or proposal.maintainer_id != maintainer_id:
        session.rollback()
        raise LookupError("There is no such proposal for you any more.")
    if proposal.state == ProposalState.OPEN:
        proposal.state = ProposalState.ACCEPTED if accept else ProposalState.DECLINED
        proposal.decided_at = office.now()
        if accept:
            key = {"maintainer_id": maintainer_id, "topic_id": proposal.topic_id}
            known = session.get(Expertise, key) or Expertise(**key, level=proposal.level)
            known.level = max(known.level, proposal.level)
            session.add(known)
            audit_log.record(Act.EXPERTISE_ACCEPTED, office.now(), by, f"proposal {proposal_id}")
            session.execute(sa.update(Community).values(revision=Community.revision + 1))
    session.commit()
    return proposal
