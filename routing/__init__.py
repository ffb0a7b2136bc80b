"""Who answers which question, when, and why.

A topic is served in some slots; a slot is a wall-clock start on certain weekdays. Over the horizon that gives dated
openings; an opening is offered when at least one maintainer has the expertise, staffs the slot, and is known to be
free: not busy, not on leave or paused, not over the weekly limit, and the start is not inside the minimum notice. Among
those a policy decides (`routing.policies`): the default saves people who alone know a scarce topic, and keeps the load
even.

Everything here is pure: values in, values out. The time is an argument, the zone database is pytz's own, and every
answer, refusals too, carries its reasons.
"""
