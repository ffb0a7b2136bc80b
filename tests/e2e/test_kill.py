"""The service is switched off at random moments while people book: nothing promised is lost, nothing happens twice."""

from __future__ import annotations

import secrets
from pathlib import Path

from tests.e2e.afterwards import Aftermath, settle
from tests.e2e.killing import torment, town

KILLS = 50


def test_nothing_promised_is_lost_when_the_service_is_killed(tmp_path: Path) -> None:
    """Rows, events, meetings, mails, texts and reminders of every booking that was answered; and of no other."""
    with town(tmp_path, seed=secrets.randbelow(10**6)) as place:
        torment(place, KILLS)
        settle(place)
        after = Aftermath.of(place)
        assert after.problems() == [], f"seed {place.seed}"
        assert len(place.promises) > KILLS
        sent = [row for row in after.emails() if row["kind"] == "reminder" and row["state"] == "sent"]
        assert sent, "no reminder fell due"
