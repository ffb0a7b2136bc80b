"""The guarded way out over TLS, with certificates of our own."""

from __future__ import annotations

import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from calendars.addresses import origin
from calendars.errors import CalendarUnavailable
from calendars.outbound import Guard, credentials, open_session
from tests.servers.hostile import HostileServer, hostile


class Authority:
    """A certificate authority of our own."""

    def __init__(self, folder: Path) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test authority")])
        self.folder = folder
        self.file = folder / "authority.pem"
        certificate = self._signed(self.name, self.key, x509.BasicConstraints(ca=True, path_length=None))
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def server(self, host: str, days: int = 30) -> ssl.SSLContext:
        """What a server for that host needs."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        certificate = self._signed(subject, key, x509.SubjectAlternativeName([x509.DNSName(host)]), days)
        pem = serialization.Encoding.PEM
        path = self.folder / f"{host}.pem"
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path.write_bytes(private + certificate.public_bytes(pem))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _signed(self, subject: x509.Name, key: Any, extension: Any, days: int = 30) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).add_extension(extension, critical=False)
        builder = builder.not_valid_before(now - timedelta(days=60)).not_valid_after(now + timedelta(days=days))
        return builder.sign(self.key, hashes.SHA256())


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def get_tls(server: HostileServer, authorities: str | None, deadline: float = 10) -> bytes:
    url = f"https://localhost:{server.port}/calendar/"
    guard = Guard(frozenset({f"localhost:{server.port}"}), deadline, authorities=authorities)
    with open_session(guard, url, credentials("basic", "ada", "ada's secret")) as session:
        return session.get(url).content


def test_tls(authority: Authority) -> None:
    """Over TLS the name that was typed is asked for, checked in the certificate, and sent as Host."""
    with hostile(lambda talk: talk.answer("200 OK", b"hello"), authority.server("localhost")) as server:
        assert get_tls(server, str(authority.file)) == b"hello"
        assert server.names == ["localhost"]
        assert f"Host: localhost:{server.port}\r\n" in server.asked[0]


def test_certificates_are_checked(authority: Authority) -> None:
    """An unknown authority, another host's certificate and an expired one are refused before anything is sent."""
    for context, authorities in (
        (authority.server("localhost"), None),
        (authority.server("other.example.org"), str(authority.file)),
        (authority.server("localhost", days=-1), str(authority.file)),
    ):
        with hostile(lambda talk: talk.answer("200 OK"), context) as server:
            with pytest.raises(CalendarUnavailable, match="certificate"):
                get_tls(server, authorities)
            assert server.asked == []


def test_drop_by_drop_over_tls(authority: Authority) -> None:
    """The deadline holds inside TLS, and for a server that never gets through its handshake."""
    head = b"HTTP/1.1 200 OK\r\n"
    encrypted = hostile(
        lambda talk: (talk.wfile.write(head), talk.every(0.05, b"X: 1\r\n")), authority.server("localhost")
    )
    with encrypted as server, socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(CalendarUnavailable):
            get_tls(server, str(authority.file), deadline=0.3)
        url = f"https://localhost:{silent.getsockname()[1]}/"
        guard = Guard(frozenset({origin(url).authority}), deadline=0.3)
        with open_session(guard, url) as session, pytest.raises(CalendarUnavailable, match="longer"):
            session.get(url)
        assert time.monotonic() - began < 4
