"""Keys and passwords that people paste with their logs: found before anything is stored."""

from __future__ import annotations

from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import BasePlugin
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.private_key import PrivateKeyDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.stripe import StripeDetector

# Those that know a credential by its form. Guessing by words or by entropy would refuse questions about passwords and
# commits.
DETECTORS: tuple[BasePlugin, ...] = (
    PrivateKeyDetector(),
    AWSKeyDetector(),
    AzureStorageKeyDetector(),
    GitHubTokenDetector(),
    GitLabTokenDetector(),
    SlackDetector(),
    DiscordBotTokenDetector(),
    OpenAIDetector(),
    NpmDetector(),
    PypiTokenDetector(),
    SendGridDetector(),
    StripeDetector(),
    JwtTokenDetector(),
    BasicAuthDetector(),
)


def credential(text: str) -> str | None:
    """What kind of credential the text seems to have in it, as "GitHub Token"; None when none is seen."""
    return next(
        (each.secret_type for each in DETECTORS for line in text.splitlines() if any(each.analyze_string(line))), None
    )
