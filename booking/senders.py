"""What the service sends by, as the settings say; None where messages are printed, or not posted at all."""

from __future__ import annotations

from booking.notifications.chat import Chat
from booking.notifications.email import Mailer
from booking.notifications.sms import Texter
from booking.office import Office


def mailer(office: Office) -> Mailer | None:
    url = office.settings.smtp_url
    return Mailer(url.get_secret_value()) if url else None


def texter(office: Office) -> Texter | None:
    settings = office.settings
    if settings.twilio_auth_token is None:
        return None
    return Texter(
        settings.twilio_account_sid or "",
        settings.twilio_auth_token.get_secret_value(),
        settings.twilio_from or "",
        settings.twilio_api_url,
    )


def chat(office: Office) -> Chat | None:
    url = office.settings.chat_webhook_url
    return Chat(url.get_secret_value()) if url else None
