"""One idempotent function per outside effect, each bringing one thing outside in line with our rows.

Called by workflows as `effect(row_id, attempt) -> seconds until another try, or None`. Each reads what is wanted now,
not what was wanted when it was ordered; ends its transaction before it talks to anybody; and looks before it creates,
because it may run again after a crash.
"""

from datetime import timedelta

GIVE_UP = timedelta(days=1)
LONGEST_WAIT = 900.0


def backoff(attempt: int) -> float:
    """Seconds until the next try: 2, 4, 8 … up to 15 minutes."""
    return float(min(LONGEST_WAIT, 2.0 ** min(attempt + 1, 10)))
