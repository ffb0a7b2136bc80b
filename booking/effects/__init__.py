"""One idempotent function per outside effect, each bringing one thing outside in line with our rows.

Called by workflows as `effect(row_id, attempt) -> seconds until another try, or None`. Each reads what is wanted now,
not what was wanted when it was ordered; ends its transaction before it talks to anybody; and looks before it creates,
because it may run again after a crash.
"""

import logging
from collections.abc import Callable
from functools import wraps

from booking.extensions import db

Effect = Callable[[int, int], float | None]

TRIES_A_DAY = 104  # with `backoff`, from the first try on
LONGEST_WAIT = 900.0
UNEXPECTED_TRIES = 20

log = logging.getLogger(__name__)


def backoff(attempt: int) -> float:
    """Seconds until the next try: 2, 4, 8 … up to 15 minutes."""
    return float(min(LONGEST_WAIT, 2.0 ** min(attempt + 1, 10)))


def effect(function: Effect) -> Effect:
    """Mark an effect's outermost function: a fault nobody foresaw is logged with the row's id and tried again.

    Its row keeps the state it had. After twenty tries, some three hours, it is left to the audit.
    """

    @wraps(function)
    def run(row_id: int, attempt: int) -> float | None:
        try:
            return function(row_id, attempt)
        except Exception:
            log.exception("%s of row %s failed at try %s", function.__name__, row_id, attempt + 1)
            db.session.rollback()
            return backoff(attempt) if attempt < UNEXPECTED_TRIES else None

    return run
