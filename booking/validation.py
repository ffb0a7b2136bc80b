"""What people and programs may send, field by field; the web forms and the JSON interface share it.

Every function takes text as it came and gives the value to keep. It raises ValueError with a sentence that names the
remedy, ready to be shown beside the field. Harmless differences (blanks, line breaks, composed letters) are repaired.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from json import dumps
from urllib.parse import urlsplit
from zlib import compress

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from booking import formatting
from booking.credentials import credential
from booking.reading import _
from routing import zones

NAME_LENGTH = 100
EMAIL_LENGTH = 254
PHONE_LENGTH = 40
QUESTION_LENGTH = 4000
COOKIE_ROOM = 2600  # bytes, packed as Flask does: a cookie of 4096 with the signature and the token of the forms
REASON_LENGTH = 500
TITLE_LENGTH, NOTE_LENGTH = 120, 10_000
LABEL_LENGTH = 60
LINK_LENGTH = 300
LINK_COUNT = 5
KEY_LENGTH = 255

INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
KEY = re.compile(r"[!-~]+")
CODE = re.compile(r"[0-9]{6}")
YEARS = range(2000, 2101)  # far enough from both ends of `datetime` for any zone's arithmetic
DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
TEXTABLE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def line(text: str, longest: int, what: str) -> str:
    """One line without control characters or runs of blanks; may be empty."""
    return _at_most(" ".join(_printable(text, keep="").split()), longest, what)


def paragraphs(text: str, longest: int, what: str) -> str:
    """Text with line breaks (as LF) and tabs, no other control characters; may be empty."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return _at_most(_printable(unified, keep="\n\t").strip(), longest, what)


def person_name(text: str) -> str:
    """A name in any script, one letter and apostrophes included."""
    name = line(text, NAME_LENGTH, _("your name"))
    if not name:
        raise ValueError(_("Enter your name."))
    return name


def email(text: str) -> str:
    """One address; whether its domain takes mail is not looked up."""
    address = line(text, EMAIL_LENGTH, _("the email address"))
    if not address:
        raise ValueError(_("Enter your email address."))
    try:
        return validate_email(address, check_deliverability=False, allow_smtputf8=False, strict=True).normalized
    except EmailNotValidError:
        raise ValueError(_("Enter an email address like name@example.org.")) from None


def canonical(email: str) -> str:
    """One person's address written in one way: lower case, without a +tag. Only for counting, never for sending."""
    local, _, domain = email.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def phone(text: str, countries: Sequence[str]) -> str | None:
    """A number in E.164 that can get text messages in one of `countries` (ISO 3166), or None when left empty.

    A number without a country code is read as one of the first country.
    """
    given = line(text, PHONE_LENGTH, _("the phone number"))
    if not given:
        return None
    if not countries:
        raise ValueError(_("Leave the phone number empty: messages go by email only here."))
    try:
        number = phonenumbers.parse(given, countries[0])
    except NumberParseException:
        raise ValueError(_("Enter a phone number with its country code, like +1 415 555 2671.")) from None
    if number.extension:
        raise ValueError(_("Enter the number without an extension: text messages cannot reach one."))
    if not phonenumbers.is_valid_number(number):
        raise ValueError(_("Enter a phone number that exists, with its country code, or leave it empty."))
    if phonenumbers.region_code_for_number(number) not in countries:
        raise ValueError(
            _(
                "Text messages go only to numbers in %(countries)s: email only here. Leave it empty.",
                countries=formatting.listed(countries),
            )
        )
    if phonenumbers.number_type(number) not in TEXTABLE:
        raise ValueError(_("This number cannot get text messages. Enter a mobile number, or leave it empty."))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def phone_code(text: str) -> str:
    """The six digits out of a text message, however they were copied."""
    digits = "".join(letter for letter in text if not letter.isspace() and letter != "-")
    if not CODE.fullmatch(digits):
        raise ValueError(_("Enter the six digits from the text message."))
    return digits


def question(text: str) -> str:
    asked = question_so_far(text)
    if not asked:
        raise ValueError(_("Write down your question, so that the maintainer can prepare."))
    return asked


def question_so_far(text: str) -> str:
    """What somebody has written of it; may be empty, and has no credential in it."""
    asked = paragraphs(text, QUESTION_LENGTH, _("your question"))
    found = credential(asked)
    if found is not None:
        raise ValueError(
            _(
                "Take the password or key out of your question (it looks like this: %(start)s), and revoke it.",
                start=found,
            )
        )
    return asked


def title(text: str) -> str:
    """One line above a note; may be empty."""
    return line(text, TITLE_LENGTH, _("the line"))


def note(text: str) -> str:
    """What came of a session; may be empty, and has no credential in it."""
    written = paragraphs(text, NOTE_LENGTH, _("the note"))
    found = credential(written)
    if found is not None:
        raise ValueError(_("Take the password or key out of the note (it looks like this: %(kind)s).", kind=found))
    return written


def first_question(text: str) -> str:
    """A question that a cookie can carry to the booking form: a page of English, a third of that in other scripts."""
    asked = question_so_far(text)
    if not asked:
        raise ValueError(_("Write down your question, or choose a topic below."))
    if len(compress(dumps(asked).encode())) > COOKIE_ROOM:
        raise ValueError(_("Ask in fewer words here. When you book there is room for all of it."))
    return asked


def links(entries: Iterable[str]) -> tuple[str, ...]:
    """Addresses of code, logs or issues: http or https, without a password inside."""
    given = [entry for entry in (line(entry, LINK_LENGTH, _("each link")) for entry in entries) if entry]
    if len(given) > LINK_COUNT:
        raise ValueError(_("Give %(most)d links at most.", most=LINK_COUNT))
    for entry in given:
        _check_link(entry)
    return tuple(given)


def cancel_reason(text: str) -> str:
    return paragraphs(text, REASON_LENGTH, _("the reason"))


def label(text: str) -> str:
    """A short name for one's own things, such as an app password."""
    named = line(text, LABEL_LENGTH, _("the name"))
    if not named:
        raise ValueError(_("Give it a name, like “Phone”, so that you know later which app uses it."))
    return named


def timezone(text: str) -> str:
    """The name of a zone in the zone database."""
    if not zones.known(text):
        raise ValueError(_("Choose a time zone from the list, like Asia/Kolkata."))
    return text


def instant(text: str) -> datetime:
    """An instant with Z or an offset, as UTC. A time without an offset is refused: nobody knows when that is."""
    written = text.strip().replace(" ", "+")  # a plus sign in a URL arrives as a blank
    if not INSTANT.fullmatch(written):
        raise ValueError(_("Write the time as an instant, like 2026-12-01T15:00:00Z."))
    try:
        parsed = datetime.fromisoformat(written)
    except ValueError:
        raise ValueError(_("There is no such date or time.")) from None
    if parsed.year not in YEARS:
        raise ValueError(_("The date is too far away."))
    return parsed.astimezone(UTC)


def day(text: str) -> date:
    """A date as 2026-12-01."""
    if not DAY.fullmatch(text):
        raise ValueError(_("Write the date like 2026-12-01."))
    try:
        parsed = date.fromisoformat(text)
    except ValueError:
        raise ValueError(_("There is no such date.")) from None
    if parsed.year not in YEARS:
        raise ValueError(_("The date is too far away."))
    return parsed


def day_or_none(text: str) -> date | None:
    """The same where it may be left out."""
    return day(text) if text else None


def idempotency_key(text: str) -> str:
    """The key that makes a repeated request harmless: visible ASCII, as the sender likes."""
    if not text or len(text) > KEY_LENGTH or not KEY.fullmatch(text):
        raise ValueError(
            _("Send the header Idempotency-Key with a value of your own, new for each booking, like a UUID.")
        )
    return text


def _printable(text: str, keep: str) -> str:
    """`text` in composed form, control and line-separating characters turned to blanks, direction marks left out.

    Joiners stay: some scripts need them. Half a surrogate pair is no character and no database takes it.
    """
    composed = unicodedata.normalize("NFC", "".join(letter for letter in text if letter not in DIRECTION_MARKS))
    if any(unicodedata.category(letter) == "Cs" for letter in composed):
        raise ValueError(_("Leave out the characters that cannot be shown."))
    if composed.isprintable():
        return composed
    return "".join(
        " " if letter not in keep and unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter
        for letter in composed
    )


def _at_most(text: str, longest: int, what: str) -> str:
    if len(text) > longest:
        raise ValueError(
            _(
                "Shorten %(what)s: %(most)d characters at most, and it has %(length)d.",
                what=what,
                most=longest,
                length=len(text),
            )
        )
    return text


def _check_link(entry: str) -> None:
    problem = _("Write each link on a line of its own and in full, like https://github.com/flyteorg/flyte/issues/1.")
    try:
        parts = urlsplit(entry)
        host = parts.hostname
    except ValueError:
        raise ValueError(problem) from None
    if parts.scheme not in {"http", "https"} or not host or " " in entry:
        raise ValueError(problem)
    if parts.username is not None or parts.password is not None:
        raise ValueError(_("Take the user name and password out of the link."))
    if credential(entry) is not None:
        raise ValueError(_("Take the password or key out of the link, and revoke it."))
