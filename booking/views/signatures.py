"""Requests that no browser sends: whoever holds the secret that both sides know has signed them."""

from __future__ import annotations

from flask import abort, request

from booking.conferencing import zoom_events
from booking.extensions import office
from booking.notifications.sms import twilio_signed


def require_zoom() -> None:
    request.max_content_length = zoom_events.MOST_BYTES
    timestamp, signature = (request.headers.get(f"x-zm-{name}", "") for name in ("request-timestamp", "signature"))
    if not zoom_events.signed(zoom_secret(), timestamp, request.get_data(), signature, office().now()):
        abort(403, description="This is not signed by Zoom.")


def zoom_secret() -> str:
    """The secret that Zoom signs its events with; 404 where there is none."""
    secret = office().settings.zoom_webhook_secret
    return secret.get_secret_value() if secret is not None else abort(404)


def require_twilio() -> None:
    token = office().settings.twilio_auth_token
    if token is None:
        abort(404)
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    url = office().links.url(request.path + query)  # the request's own words about its address are anybody's
    if not twilio_signed(token.get_secret_value(), url, request.form, request.headers.get("X-Twilio-Signature", "")):
        abort(403, description="This is not signed by Twilio.")
