"""Somebody with a browser that only knows HTML: follows links, fills forms, keeps cookies."""

from __future__ import annotations

import re
from html import unescape

import requests


class Visitor:
    """One browser session against a running service at `base`; closed at the end of its block."""

    def __init__(self, base: str) -> None:
        self.base, self.session = base, requests.Session()

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def get(self, path: str) -> requests.Response:
        return self.session.get(self._url(path), timeout=30)

    def post(self, path: str, page: requests.Response, **fields: str) -> requests.Response:
        """Send the form of `page` with its hidden fields, `fields` filled in; redirects are followed."""
        return self.session.post(self._url(path), data={**hidden(page.text), **fields}, timeout=30)

    def book(self, topic: str, start: str, **fields: str) -> requests.Response:
        """Fill in the booking form of a topic at an instant, as a person would, and send it."""
        path = f"/topics/{topic}/book"
        page = self.session.get(self._url(path), params={"start": start, "tz": "Asia/Kolkata"}, timeout=30)
        return self.post(path, page, **{**person(), **fields})

    def _url(self, path: str) -> str:
        return path if path.startswith("http") else f"{self.base}{path}"


def person(**fields: str) -> dict[str, str]:
    """What somebody types into the booking form."""
    defaults = {
        "name": "Asha Rao",
        "email": "asha@example.com",
        "question": "Why does my map task wait for ever?",
        "links": "https://github.com/flyteorg/flyte/issues/1",
        "accept_conduct": "y",
    }
    return {**defaults, **fields}


def hidden(html: str) -> dict[str, str]:
    """The hidden fields of a page's main form."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", html):
        attributes = {name: unescape(value) for name, value in re.findall(r'([a-z-]+)="([^"]*)"', tag)}
        if attributes.get("type") == "hidden" and "name" in attributes:
            found[attributes["name"]] = attributes.get("value", "")
    return found
