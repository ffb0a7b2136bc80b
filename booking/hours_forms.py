"""The forms of a maintainer's own availability."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from wtforms import Field, Form, SelectField, StringField, ValidationError

from booking import validation
from booking.forms import checked
from booking.models import Maintainer
from routing import zones

MOST, WEEKS = 1000, 60


class LimitsForm(Form):
    weekly_limit = StringField("Sessions a week, at most")
    paused_until = StringField("Paused until")
    quiet_weeks = StringField("Quiet weeks")

    def validate_weekly_limit(self, field: Field) -> None:
        checked(_limit, field.data or "")

    def validate_paused_until(self, field: Field) -> None:
        checked(_day_or_none, field.data or "")

    def validate_quiet_weeks(self, field: Field) -> None:
        checked(_weeks, field.data or "")

    def values(self) -> dict[str, object]:
        """The checked values, as the columns of a maintainer have them."""
        return {
            "weekly_limit": _limit(self.weekly_limit.data or ""),
            "paused_until": _day_or_none(self.paused_until.data or ""),
            "quiet_weeks": _weeks(self.quiet_weeks.data or ""),
        }

    @classmethod
    def of(cls, maintainer: Maintainer) -> LimitsForm:
        """Filled in with what holds now."""
        return cls(
            weekly_limit=str(maintainer.weekly_limit or ""),
            paused_until=str(maintainer.paused_until or ""),
            quiet_weeks=" ".join(maintainer.quiet_weeks),
        )


class LeaveForm(Form):
    """Days away. `colleagues` are keys and names of those who may stand in."""

    first = StringField("First day")
    last = StringField("Last day")
    stand_in = SelectField("Stand-in (optional)", validate_choice=False)

    def __init__(self, formdata: Any, maintainer: Maintainer, colleagues: Sequence[tuple[str, str]]) -> None:
        super().__init__(formdata)
        self.zone = maintainer.timezone
        self.colleagues = dict(colleagues)
        self.stand_in.choices = [("", "nobody"), *colleagues]

    def validate_first(self, field: Field) -> None:
        checked(validation.day, field.data or "")

    def validate_last(self, field: Field) -> None:
        last = checked(validation.day, field.data or "")
        if self.first.errors:
            return
        first = validation.day(self.first.data or "")
        if last < first:
            raise ValidationError("Enter a last day that is not before the first.")
        try:
            zones.day_range(first, last, self.zone)
        except ValueError:
            raise ValidationError(f"{first} never was a day in {self.zone}. Leave it out.") from None

    def validate_stand_in(self, field: Field) -> None:
        if field.data and field.data not in self.colleagues:
            raise ValidationError("Choose a stand-in from the list.")

    def days(self) -> tuple[date, date]:
        return validation.day(self.first.data or ""), validation.day(self.last.data or "")


def _limit(text: str) -> int | None:
    given = text.strip()
    if given and not (given.isascii() and given.isdigit() and len(given) < 5 and 1 <= int(given) <= MOST):
        raise ValueError("Enter a whole number from 1 on, or nothing for no limit. For no sessions at all, pause.")
    return int(given) if given else None


def _day_or_none(text: str) -> date | None:
    return validation.day(text) if text else None


def _weeks(text: str) -> list[str]:
    found = sorted(set(text.replace(",", " ").upper().split()))
    if len(found) > WEEKS:
        raise ValueError(f"Enter {WEEKS} weeks at most; for a longer time, pause.")
    for week in found:
        try:
            validation.day(str(zones.week_range(week, "UTC").start.date()))
        except ValueError:
            raise ValueError(f"{week[:20]} is not a week. Write year and week like 2026-W52.") from None
    return found
