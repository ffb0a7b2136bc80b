"""Settings from OFFICEHOURS_* variables (`*_FILE` for secrets), every problem listed at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from booking import validation
from booking.conferencing.static_link import room
from booking.notifications.chat import Chat
from booking.notifications.inbox import Inbox

PREFIX = "OFFICEHOURS_"
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
TOGETHER = {
    "Twilio": ("twilio_account_sid", "twilio_auth_token", "twilio_from"),
    "OpenID Connect": ("oidc_issuer", "oidc_client_id", "oidc_client_secret"),
    "GitHub": ("github_client_id", "github_client_secret"),
    "Zoom": ("zoom_account_id", "zoom_client_id", "zoom_client_secret"),
}


class SettingsError(Exception):
    """Every problem with the settings, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("The settings need attention:\n" + "\n".join(f"  - {problem}" for problem in problems))
        self.problems = problems


class Settings(BaseSettings):
    """What an operator may set. Without any variable the embedded default works on this machine."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    data: Path = Field(Path("data"), description="Folder of the embedded database, calendars and secret key.")
    community: Path | None = Field(None, description="Community file that fills an empty database; Flyte's by default.")
    base_url: str = Field("http://localhost:8000", description="The address people use; every link starts with it.")
    database_url: str | None = Field(
        None, description="sqlite:///… or postgresql://…; a file in the data folder by default."
    )
    secret_key: SecretStr | None = Field(
        None, description="Signs links and encrypts passwords; kept in the data folder by default."
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="smtp://user:password@host:587 (STARTTLS when offered) or smtps://…; unset: mails are printed.",
    )
    mail_from: str = Field(
        "Office hours <office-hours@localhost>", description="Sender and organizer of every mail; replies go there."
    )
    imap_url: SecretStr | None = Field(
        None,
        description="imaps://user:password@host/INBOX or imap://… (STARTTLS) that replies go to; unset: not read.",
    )
    alerts_to: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses that are mailed when something needs an administrator, with commas."
    )
    chat_webhook_url: SecretStr | None = Field(
        None, description="Slack-compatible incoming webhook of the maintainers' channel; unset: nothing is posted."
    )
    twilio_account_sid: str | None = Field(None, description="Twilio account; unset: texts are printed.")
    twilio_auth_token: SecretStr | None = Field(None, description="Twilio's token for that account.")
    twilio_from: str | None = Field(None, description="The sending number, in E.164.")
    twilio_api_url: str = Field("https://api.twilio.com", description="Where Twilio's interface is.")
    zoom_account_id: str | None = Field(
        None, description="Zoom server-to-server app; unset: the maintainer's own room."
    )
    zoom_client_id: str | None = Field(None, description="The app's client id.")
    zoom_client_secret: SecretStr | None = Field(None, description="The app's client secret.")
    zoom_api_url: str = Field("https://api.zoom.us/v2", description="Where Zoom's interface is.")
    zoom_oauth_url: str = Field("https://zoom.us/oauth/token", description="Where Zoom gives out tokens.")
    zoom_host: str = Field("", description="Zoom user who hosts every meeting; empty: each maintainer by their email.")
    zoom_webhook_secret: SecretStr | None = Field(
        None, description="Secret token of the Zoom app's event subscription; unset: no events are heard."
    )
    jitsi_url: str | None = Field(
        None, description="Own Jitsi server, https://…, with a room for each session that has no Zoom meeting."
    )
    oidc_issuer: str | None = Field(
        None, description="Issuer of your organisation's login (OpenID Connect), exactly as it calls itself."
    )
    oidc_client_id: str | None = Field(None, description="What the issuer calls this service.")
    oidc_client_secret: SecretStr | None = Field(None, description="The secret it has with this service.")
    oidc_name: str = Field("your organisation", description="What the sign-in page calls that login.")
    github_client_id: str | None = Field(None, description="GitHub OAuth app that people sign in with; unset: none.")
    github_client_secret: SecretStr | None = Field(None, description="The app's client secret.")
    github_api_url: str = Field("https://api.github.com", description="Where GitHub's interface is.")
    caldav_allow: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="host:port of private CalDAV servers that may be reached, with commas."
    )
    dav_url: str | None = Field(
        None, description="Where web and worker reach the embedded calendars when scaled out; unset: none."
    )
    rate_limits: Literal["on", "off"] = Field("on", description="off only for load tests.")
    proxy_hops: int = Field(0, ge=0, le=5, description="How many reverse proxies stand in front and set X-Forwarded-*.")

    @field_validator("caldav_allow", "alerts_to", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if (
            parts.scheme not in {"http", "https"}
            or not parts.hostname
            or parts.query
            or parts.fragment
            or parts.path.strip("/")
        ):
            raise ValueError("write it as https://office-hours.example.org, without a path")
        if parts.scheme == "http" and parts.hostname not in LOCAL_HOSTS:
            raise ValueError("use https:// for any address but localhost")
        return value.rstrip("/")

    @field_validator("alerts_to")
    @classmethod
    def _check_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(validation.email(address) for address in value)

    @field_validator("chat_webhook_url")
    @classmethod
    def _check_chat_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            Chat(value.get_secret_value())  # raises ValueError, with the sentence to show
        return value

    @field_validator("oidc_issuer", "github_api_url")
    @classmethod
    def _check_provider_url(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "https://unset")
        if parts.scheme == "http" and parts.hostname not in LOCAL_HOSTS:
            raise ValueError("use https:// for any address but localhost")
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("write it as https://login.example.org")
        return value

    @field_validator("jitsi_url")
    @classmethod
    def _check_jitsi_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        address = value.rstrip("/")
        if room(address) is None or "?" in address or "#" in address:
            raise ValueError("write it as https://meet.example.org")
        return address

    @field_validator("imap_url")
    @classmethod
    def _check_imap_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            Inbox(value.get_secret_value())  # raises ValueError, with the sentence to show
        return value

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        scheme, _, rest = value.partition("://")
        if scheme in {"postgres", "postgresql", "postgresql+psycopg"}:
            return f"postgresql+psycopg://{rest}"
        if scheme == "sqlite" and rest.startswith("/"):
            return value
        raise ValueError("write it as sqlite:///path/to/file.db or postgresql://user:password@host/name")

    @model_validator(mode="after")
    def _check_together(self) -> Settings:
        problems = []
        for provider, parts in TOGETHER.items():
            missing = [part for part in parts if getattr(self, part) is None]
            if 0 < len(missing) < len(parts):
                names = ", ".join(f"{PREFIX}{part.upper()}" for part in missing)
                problems.append(f"{names} must be set too, to use {provider}")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def base_host(self) -> str:
        return urlsplit(self.base_url).hostname or ""

    @property
    def is_local(self) -> bool:
        """Whether people reach the service on this machine only."""
        return self.base_host in LOCAL_HOSTS

    @property
    def engine_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data.resolve() / 'officehours.db'}"

    @property
    def is_sqlite(self) -> bool:
        return self.engine_url.startswith("sqlite")

    @property
    def has_embedded_calendars(self) -> bool:
        """Whether maintainers without a calendar of their own get one here."""
        return self.is_sqlite or self.dav_url is not None

    @property
    def zoom_configured(self) -> bool:
        return self.zoom_account_id is not None

    @cached_property
    def contact(self) -> str | None:
        """The address people may write to, unless mail goes nowhere."""
        _, address = parseaddr(self.mail_from)
        return None if address.endswith("@localhost") else address

    @property
    def twilio_configured(self) -> bool:
        return self.twilio_account_sid is not None

    @property
    def talks_to_people(self) -> bool:
        """Whether messages or meetings really leave the machine."""
        return bool(self.smtp_url or self.chat_webhook_url or self.zoom_configured or self.twilio_configured)

    @property
    def outbox_open(self) -> bool:
        """Whether /outbox shows every message: only on this machine, and only while no mail is really sent."""
        return self.smtp_url is None and self.is_local and not self.proxy_hops


def load_settings(environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Settings from the environment and `*_FILE` secrets; `overrides` (from the command line) win over both.

    Raises SettingsError naming every variable that is wrong, unknown or unreadable.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, object] = {}
    problems: list[str] = []
    for variable, text in environ.items():
        if not variable.startswith(PREFIX):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name.endswith("_file") and name.removesuffix("_file") in Settings.model_fields:
            try:
                values[name.removesuffix("_file")] = Path(text).read_text().strip()
            except OSError as error:
                problems.append(f"{variable}: cannot read {text} ({error.strerror})")
        elif name in Settings.model_fields:
            values[name] = text
        else:
            problems.append(f"{variable}: no such setting; `officehours settings` lists them all")
    values.update({name: value for name, value in overrides.items() if value is not None})
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += [_problem(detail["loc"], detail["msg"]) for detail in error.errors()]
    if problems:
        raise SettingsError(problems)
    return settings


def remember_address(settings: Settings) -> None:
    """Keep the address the service runs at, so that commands started beside it print links that lead to it."""
    (settings.data / "base_url").write_text(settings.base_url)


def remembered_address(data: Path | None) -> str | None:
    """The address the service of this data folder last ran at, unless the environment names one."""
    if f"{PREFIX}BASE_URL" in os.environ:
        return None
    kept = (data or Path(os.environ.get(f"{PREFIX}DATA", "data"))) / "base_url"
    return kept.read_text() if kept.exists() else None


def _problem(location: tuple[int | str, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"{PREFIX}{str(location[0]).upper()}: {text}" if location else text
