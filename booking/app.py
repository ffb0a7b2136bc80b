"""The application factory."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Flask, Response
from flask_talisman import Talisman
from werkzeug.middleware.proxy_fix import ProxyFix

from booking import jobs, logs, reading, views
from booking.extensions import bootstrap, compress, csrf, db, engine_options, limiter, migrate, on_connect
from booking.late_rule import LateRule
from booking.office import Clock, open_office, utc_now
from booking.resources import folder
from booking.settings import Settings
from booking.turns import take_turns

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "frame-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "manifest-src": "'self'",
}
# Pages are left alone: they have a visitor's own words and a secret in one answer, and compressed lengths tell of both
# (BREACH, breachattack.com).
STATIC_TEXT = ["text/css", "text/javascript", "application/javascript"]
MAX_BODY = 256 * 1024


def create_app(settings: Settings, clock: Clock = utc_now) -> Flask:
    """The web application over `settings`, with the time from `clock`. Touches no network and no table."""
    logs.install()
    app = Flask("booking", template_folder=str(folder("templates")))
    app.url_rule_class = LateRule
    office = open_office(settings, clock)
    app.config.from_mapping(_config(settings, office.secret))
    app.extensions["officehours"] = office
    db.init_app(app)
    with app.app_context():
        sa.event.listen(db.engine, "connect", on_connect)
        if db.engine.dialect.name == "sqlite":
            take_turns(db.engine)
    migrate.init_app(app, db, directory=str(folder("migrations")), include_object=jobs.not_the_engines)
    csrf.init_app(app)
    limiter.init_app(app)
    bootstrap.init_app(app)
    compress.init_app(app)
    app.after_request(_in_one_piece)
    reading.speak(app.jinja_env)
    _secure(app, settings)
    jobs.init_app(app)
    views.register(app)
    return app


def _in_one_piece(response: Response) -> Response:
    """Read a file that is going to be compressed: Flask-Compress leaves one sent in pieces open."""
    if response.mimetype in STATIC_TEXT:
        response.direct_passthrough = False
        response.make_sequence()
    return response


def _config(settings: Settings, secret: str) -> dict[str, object]:
    https = settings.base_url.startswith("https://")
    return {
        "SECRET_KEY": secret,
        "SQLALCHEMY_DATABASE_URI": settings.engine_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.engine_url),
        "MAX_CONTENT_LENGTH": MAX_BODY,
        "MAX_FORM_MEMORY_SIZE": MAX_BODY,
        "TRUSTED_HOSTS": [settings.base_host, "localhost", "127.0.0.1"] if settings.is_local else [settings.base_host],
        "SESSION_COOKIE_NAME": "__Host-officehours" if https else "officehours",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(days=1),
        "PREFERRED_URL_SCHEME": urlsplit(settings.base_url).scheme,
        "WTF_CSRF_TIME_LIMIT": None,
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(hours=1),
        "RATELIMIT_ENABLED": settings.rate_limits == "on",
        "RATELIMIT_HEADERS_ENABLED": True,
        "BOOTSTRAP_SERVE_LOCAL": True,
        "COMPRESS_MIMETYPES": STATIC_TEXT,
        "COMPRESS_ALGORITHM": ["br", "gzip"],
    }


def _secure(app: Flask, settings: Settings) -> None:
    https = settings.base_url.startswith("https://")
    Talisman(
        app,
        force_https=False,
        strict_transport_security=https,
        session_cookie_secure=https,
        session_cookie_samesite="Lax",
        content_security_policy=POLICY,
        referrer_policy="strict-origin-when-cross-origin",
        frame_options="DENY",
    )
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
