"""What Zoom tells; `access` has checked that it was Zoom.

POST /webhooks/zoom     receive
"""

from __future__ import annotations

from flask import Blueprint, abort, jsonify, request
from werkzeug.wrappers import Response

from booking.conferencing.zoom_events import answer_validation, is_validation, read_event
from booking.extensions import office
from booking.services.hear import hear
from booking.views.signatures import zoom_secret

bp = Blueprint("zoom_events", __name__)


@bp.post("/webhooks/zoom")
def receive() -> Response:
    """200 for all that is signed, also for events nobody knows: Zoom repeats what is refused, for an hour and more."""
    body = request.get_data()
    if is_validation(body):
        return jsonify(answer_validation(zoom_secret(), body) or abort(400))
    event = read_event(body)
    if event is not None:
        hear(office(), event)
    return Response(status=204)
