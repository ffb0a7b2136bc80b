"""A process of its own that books what it is told, one line at a time: `python -m tests.booking.contender`.

Its argument is the settings, as JSON. Every line is {"topic", "start", "number"}; so is the answer: a maintainer,
or the code of the refusal.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime

from booking.app import create_app
from booking.extensions import db, office
from booking.services.refusal import Refusal
from booking.services.reserve import reserve
from booking.settings import Settings
from tests.booking.arena import request


def main() -> None:
    app = create_app(Settings.model_validate_json(sys.argv[1]))
    print(json.dumps("ready"), flush=True)  # noqa: T201 - the answer
    for line in sys.stdin:
        asked = json.loads(line)
        with app.app_context():
            start = datetime.fromisoformat(asked["start"])
            answer = reserve(office(), request(asked["topic"], start, asked["number"]))
            told = {"refused": answer.code} if isinstance(answer, Refusal) else {"maintainer": answer.maintainer.key}
            db.session.remove()
        print(json.dumps(told), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
