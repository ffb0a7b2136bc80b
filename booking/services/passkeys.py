"""Passkeys (Web Authentication Level 3): adding one, signing in by one, naming and removing it.

They are discoverable, so that nobody types who they are, and want the person verified (a PIN, a finger): something they
have and something they know or are. Counter, origin and signature are the library's to check.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import sqlalchemy as sa
import webauthn
from sqlalchemy.exc import IntegrityError
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from booking import accounts, audit_log, ways_in
from booking.extensions import begin_write, db
from booking.links import derived_key
from booking.models import Account, Act, Method, Passkey, SpentChallenge
from booking.office import Office
from booking.services.prove_identity import keep_one
from booking.services.sessions import Caller, open_session

LONGEST = 20_000  # letters of a browser's answer
MALFORMED = (WebAuthnException, LookupError, RecursionError, TypeError, ValueError)


class PasskeyRefused(Exception):
    """The browser's answer proves nothing."""


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What the browser is asked, as JSON, and the challenge that its answer must have signed."""

    options: str
    challenge: bytes


def offer(office: Office, caller: Caller, community: str) -> Ceremony:
    """What asks the browser for a new passkey of the caller's account, on a device that has none of theirs yet."""
    account = db.session.get_one(Account, caller.account_id)
    known = db.session.scalars(sa.select(Passkey.credential_id).where(Passkey.account_id == account.id))
    options = webauthn.generate_registration_options(
        rp_id=office.settings.base_host,
        rp_name=f"{community} office hours",
        user_id=derived_key(office.secret, f"passkeys of {account.id}"),
        user_name=accounts.name_of(account),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
    )
    return Ceremony(webauthn.options_to_json(options), options.challenge)


def add(office: Office, caller: Caller, answer: str, challenge: bytes, name: str) -> None:
    """Keep the passkey that the browser made. Raises PasskeyRefused."""
    begin_write(db.session())
    try:
        made = webauthn.verify_registration_response(
            credential=_readable(answer),
            expected_challenge=challenge,
            expected_rp_id=office.settings.base_host,
            expected_origin=office.settings.base_url,
            require_user_verification=True,
        )
        passkey = Passkey(
            account_id=caller.account_id,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=name,
            created_at=office.now(),
        )
        db.session.add(passkey)
        db.session.flush()
    except (*MALFORMED, IntegrityError) as error:
        db.session.rollback()
        raise PasskeyRefused("The passkey could not be added. Try again.") from error
    ways_in.changed(office, caller.account_id, Act.PASSKEY_ADDED, caller.account_id, f"passkey {passkey.id}")
    db.session.commit()


def ask(office: Office) -> Ceremony:
    """What asks the browser for whichever passkey it has for us."""
    options = webauthn.generate_authentication_options(
        rp_id=office.settings.base_host, user_verification=UserVerificationRequirement.REQUIRED
    )
    return Ceremony(webauthn.options_to_json(options), options.challenge)


def enter(office: Office, answer: str, challenge: bytes, name: str, former: str | None) -> str:
    """The token of a new session; `name` is the browser's, and `former` the session it had before.

    Raises PasskeyRefused, also when the same challenge was answered before.
    """
    begin_write(db.session())
    try:
        passkey = _verified(office, answer, challenge)
        db.session.add(SpentChallenge(hash=hashlib.sha256(challenge).hexdigest(), at=office.now()))
        db.session.flush()
    except (*MALFORMED, IntegrityError) as error:
        db.session.rollback()
        audit_log.record(Act.SIGN_IN_REFUSED, office.now(), None, "passkey")
        db.session.commit()
        raise PasskeyRefused("This passkey opens nothing here. Sign in another way.") from error
    account = db.session.get_one(Account, passkey.account_id)
    secret = open_session(office, account, Method.PASSKEY, name, former)
    db.session.commit()
    return secret


def rename(office: Office, caller: Caller, passkey_id: int, name: str) -> None:
    """Raises LookupError for a passkey that is not the caller's."""
    begin_write(db.session())
    _own(caller, passkey_id).name = name
    audit_log.record(Act.PASSKEY_RENAMED, office.now(), caller.account_id, f"passkey {passkey_id}")
    db.session.commit()


def remove(office: Office, caller: Caller, passkey_id: int) -> None:
    """Raises LookupError for a passkey that is not the caller's, ValueError for an administrator's last way in."""
    begin_write(db.session())
    passkey = _own(caller, passkey_id)
    keep_one(caller.account_id)
    db.session.delete(passkey)
    ways_in.changed(office, caller.account_id, Act.PASSKEY_REMOVED, caller.account_id, f"passkey {passkey_id}")
    db.session.commit()


def _verified(office: Office, answer: str, challenge: bytes) -> Passkey:
    credential = parse_authentication_credential_json(_readable(answer))
    passkey = db.session.scalars(
        sa.select(Passkey).where(Passkey.credential_id == credential.raw_id).with_for_update()
    ).one_or_none()
    if passkey is None or not db.session.get_one(Account, passkey.account_id).welcome:
        raise LookupError("no such passkey")
    proof = webauthn.verify_authentication_response(
        credential=credential,
        expected_challenge=challenge,
        expected_rp_id=office.settings.base_host,
        expected_origin=office.settings.base_url,
        credential_public_key=passkey.public_key,
        credential_current_sign_count=passkey.sign_count,
        require_user_verification=True,
    )
    passkey.sign_count, passkey.used_at = proof.new_sign_count, office.now()
    return passkey


def _readable(answer: str) -> str:
    if len(answer) > LONGEST:
        raise ValueError("too long")
    return answer


def _own(caller: Caller, passkey_id: int) -> Passkey:
    passkey = db.session.get(Passkey, passkey_id)
    if passkey is None or passkey.account_id != caller.account_id:
        db.session.rollback()
        raise LookupError(f"passkey {passkey_id}")
    return passkey
