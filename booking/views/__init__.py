"""The pages and the JSON interface. Views are thin: bind what came, call one service, show what it gave."""

from __future__ import annotations

from flask import Flask

from booking.extensions import csrf
from booking.views import (
    access,
    account,
    admin,
    api,
    audit,
    behalf,
    bookings,
    calendars,
    embed,
    feeds,
    find,
    health,
    identities,
    looks,
    maintainer,
    manage,
    mine,
    my_hours,
    notes,
    outbox,
    outcomes,
    passkeys,
    people,
    preferences,
    problems,
    profiles,
    programme,
    public,
    reminders,
    routes,
    schedule,
    sessions,
    shell,
    sign_in,
    twilio,
    waiting,
    zoom_events,
)

BLUEPRINTS = (
    public.bp,
    find.bp,
    schedule.bp,
    embed.bp,
    manage.bp,
    reminders.bp,
    waiting.bp,
    mine.bp,
    sign_in.bp,
    identities.bp,
    passkeys.bp,
    account.bp,
    people.bp,
    audit.bp,
    maintainer.bp,
    my_hours.bp,
    profiles.bp,
    sessions.bp,
    behalf.bp,
    outcomes.bp,
    notes.bp,
    calendars.bp,
    feeds.bp,
    routes.bp,
    admin.bp,
    bookings.bp,
    programme.bp,
    api.bp,
    twilio.bp,
    outbox.bp,
    zoom_events.bp,
    looks.bp,
    health.bp,
)


def register(app: Flask) -> None:
    """Everything people and programs can reach, behind the one access check."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    csrf.exempt(api.bp)
    csrf.exempt(reminders.bp)  # a mail program has no cookie and no form: the link alone is the permission
    csrf.exempt(zoom_events.bp)  # no browser with somebody's cookies comes here: Zoom signs each request
    csrf.exempt(twilio.bp)  # no browser sends these; each carries a signature instead
    preferences.register(app)
    access.register(app)
    shell.register(app)
    problems.register(app)
