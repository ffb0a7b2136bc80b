"""The forms of a maintainer's own availability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from wtforms import Field, Form, SelectField, SelectMultipleField, StringField, ValidationError

from booking import validation
from booking.forms import checked
from booking.models import Maintainer
from booking.rosters import WEEKDAYS
from routing import zones
from routing.values import Slot

MOST, WEEKS = 1000, 60


class LimitsForm(Form):
    weekly_limit = StringField("Sessions a week, at most")
    paused_until = StringField("Paused until")
    quiet_weeks = StringField("Quiet weeks")

    def __init__(self, formdata: Any, today: date, **values: Any) -> None:
        super().__init__(formdata, **values)
        self.today = today

    def validate_weekly_limit(self, field: Field) -> None:
        checked(_limit, field.data or "")

    def validate_paused_until(self, field: Field) -> None:
        until = checked(validation.day_or_none, field.data or "")
        if until is not None and until <= self.today:
            raise ValidationError(f"{until} is no day to come. Enter one, or nothing for no pause.")

    def validate_quiet_weeks(self, field: Field) -> None:
        for week in checked(_weeks, field.data or ""):
            if _over(week, self.today):
                raise ValidationError(f"{week} is over. Enter weeks to come, or nothing.")

    def values(self) -> dict[str, object]:
        """The checked values, as the columns of a maintainer have them."""
        return {
            "weekly_limit": _limit(self.weekly_limit.data or ""),
            "paused_until": validation.day_or_none(self.paused_until.data or ""),
            "quiet_weeks": _weeks(self.quiet_weeks.data or ""),
        }

    @classmethod
    def of(cls, maintainer: Maintainer, today: date) -> LimitsForm:
        """Filled in with what holds now; what is over is left out."""
        until = maintainer.paused_until
        return cls(
            None,
            today,
            weekly_limit=str(maintainer.weekly_limit or ""),
            paused_until=str(until) if until and until > today else "",
            quiet_weeks=" ".join(week for week in maintainer.quiet_weeks if not _over(week, today)),
        )


class HoursForm(Form):
    """Slots by day of the week, each as "slot day"."""

    hours = SelectMultipleField("Weekly hours", validate_choice=False)

    def __init__(self, formdata: Any, slots: Mapping[str, Slot], **values: Any) -> None:
        super().__init__(formdata, **values)
        self.days = {
            f"{slot.key} {WEEKDAYS[day]}": slot.key for slot in slots.values() for day in sorted(slot.weekdays)
        }

    def validate_hours(self, field: Field) -> None:
        if self.days.keys().isdisjoint(field.data or ()):
            raise ValidationError("Choose one at least. To give no sessions for a time, pause.")

    def chosen(self) -> dict[str, list[str]]:
        """The days of the week by slot, of those that there are."""
        found: dict[str, list[str]] = {}
        for name, slot in self.days.items():
            if name in (self.hours.data or ()):
                found.setdefault(slot, []).append(name.removeprefix(f"{slot} "))
        return found

    @classmethod
    def of(cls, maintainer: Maintainer, slots: Mapping[str, Slot]) -> HoursForm:
        """Filled in with what holds now."""
        form = cls(None, slots)
        staffed = {slot.key for slot in maintainer.slots}
        form.hours.data = [
            name
            for name, slot in form.days.items()
            if slot in staffed and name.removeprefix(f"{slot} ") in maintainer.weekdays.get(slot, WEEKDAYS)
        ]
        return form


class DateForm(Form):
    """One date on which a slot is given, or not given, whatever its weekday."""

    slot = SelectField("Slot", validate_choice=False)
    day = StringField("Date")
    gives = StringField("On that date")

    def __init__(self, formdata: Any, slots: Mapping[str, Slot], now: datetime) -> None:
        super().__init__(formdata)
        self.slots, self.now = slots, now
        self.slot.choices = [(key, key) for key in slots]

    def validate_slot(self, field: Field) -> None:
        if field.data not in self.slots:
            raise ValidationError("Choose a slot from the list.")

    def validate_day(self, field: Field) -> None:
        day = checked(validation.day, field.data or "")
        slot = self.slots.get(self.slot.data or "")
        if slot is not None and day.weekday() not in slot.weekdays:
            raise ValidationError(f"{slot.key} has no sessions on {day:%A}s. Choose another date or slot.")
        if slot is not None and day < zones.local(self.now, slot.timezone).date():
            raise ValidationError(f"{day} is over. Enter a date to come.")

    def validate_gives(self, field: Field) -> None:
        if field.data not in {"yes", "no"}:
            raise ValidationError("Choose whether you give it on that date.")


class LeaveForm(Form):
    """Days away. `colleagues` are keys and names of those who may stand in."""

    first = StringField("First day")
    last = StringField("Last day")
    stand_in = SelectField("Stand-in (optional)", validate_choice=False)

    def __init__(
        self, formdata: Any, maintainer: Maintainer, today: date, colleagues: Sequence[tuple[str, str]]
    ) -> None:
        super().__init__(formdata)
        self.zone, self.today = maintainer.timezone, today
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
        if last < self.today:
            raise ValidationError(f"{last} is over. Enter a last day to come.")
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


def _over(week: str, today: date) -> bool:
    return zones.week_range(week, "UTC").end.date() <= today


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
