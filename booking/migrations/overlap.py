"""The rule that no maintainer has two live bookings that overlap, for both databases.

Alembic's batch operations rebuild a SQLite table and drop its triggers without a word: call `create` again after any
batch on `booking`.
"""

from alembic import op

NAME = "booking_no_overlap"
LIVE = "('held', 'confirmed')"

TRIGGER = """
CREATE TRIGGER {name}_{event} BEFORE {event} ON booking WHEN NEW.status IN {live}
BEGIN
  SELECT RAISE(ABORT, '{name}') WHERE EXISTS (
    SELECT 1 FROM booking AS other
    WHERE other.maintainer_id = NEW.maintainer_id AND other.id IS NOT NEW.id AND other.status IN {live}
      AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at
  );
END
"""
# int4range stands in for equality, which gist knows only with an extension.
EXCLUSION = f"""
ALTER TABLE booking ADD CONSTRAINT {NAME} EXCLUDE USING gist (
  int4range(maintainer_id, maintainer_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&
) WHERE (status IN {LIVE})
"""


def create() -> None:
    """Put the rule on the table `booking`."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(EXCLUSION)
        return
    for event in ("insert", "update"):
        op.execute(TRIGGER.format(name=NAME, event=event, live=LIVE))


def drop() -> None:
    """Take the rule off."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE booking DROP CONSTRAINT {NAME}")
        return
    for event in ("insert", "update"):
        op.execute(f"DROP TRIGGER {NAME}_{event}")
