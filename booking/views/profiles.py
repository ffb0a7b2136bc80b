"""The embedded calendar for Apple's devices.

GET /maintainer/calendar.mobileconfig    download
"""

from __future__ import annotations

from flask import Blueprint, Response, abort

from booking import queries
from booking.apple_profile import MEDIA_TYPE, apple_profile
from booking.extensions import office
from booking.views.callers import current_maintainer
from calendars.embedded import PREFIX

bp = Blueprint("profiles", __name__)


@bp.get("/maintainer/calendar.mobileconfig")
def download() -> Response:
    settings = office().settings
    if not settings.has_embedded_calendars:
        abort(404)
    profile = apple_profile(settings.base_url + PREFIX, current_maintainer().key, queries.community().name)
    answer = Response(profile, mimetype=MEDIA_TYPE)
    answer.headers.set("Content-Disposition", "attachment", filename="office-hours.mobileconfig")
    return answer
