"""Certificates for a cluster, made with openssl in a few milliseconds."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
KEY_PASSWORD = "key-secret"


@dataclass(frozen=True)
class Tls:
    """PEM files of one authority."""

    ca: Path
    server: Path  # key and certificate in one file, as Java wants them
    client: Path  # likewise
    client_cert: Path
    client_key: Path
    client_key_encrypted: Path  # by KEY_PASSWORD
    other_ca: Path  # an authority that signed nothing here
    other_cert: Path  # a client certificate of that other authority
    other_key: Path


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True,
                   capture_output=True)


def _authority(directory: Path, name: str) -> Path:
    _openssl("req", "-x509", *KEY, "-nodes", "-days", "30", "-subj",
             f"/CN=tidemark test {name}", "-keyout", directory / f"{name}.key",
             "-out", directory / f"{name}.pem")
    return directory / f"{name}.pem"


def _signed(directory: Path, name: str, subject: str, authority: Path,
            extension: str = "") -> tuple[Path, Path]:
    """A certificate and its key; EXTENSION is a subjectAltName or nothing."""
    key, cert = directory / f"{name}.key", directory / f"{name}.pem"
    request, extensions = directory / f"{name}.csr", directory / f"{name}.ext"
    _openssl("req", *KEY, "-nodes", "-subj", subject, "-keyout", key,
             "-out", request)
    extensions.write_text(extension, "ascii")
    _openssl("x509", "-req", "-in", request, "-CA", authority, "-CAkey",
             authority.with_suffix(".key"), "-CAcreateserial", "-days", "30",
             "-extfile", extensions, "-out", cert)
    return cert, key


def _keystore(path: Path, key: Path, cert: Path) -> Path:
    path.write_text(key.read_text("ascii") + cert.read_text("ascii"), "ascii")
    return path


def make(directory: Path) -> Tls:
    """All certificates of a cluster, below DIRECTORY.

    The server's holds for 127.0.0.1 and localhost.  The client's subject is
    CN=client, so its principal is User:CN=client.
    """
    directory.mkdir(parents=True)
    ca = _authority(directory, "ca")
    other_ca = _authority(directory, "other-ca")
    cert, key = _signed(directory, "server", "/CN=localhost", ca,
                        "subjectAltName=DNS:localhost,IP:127.0.0.1")
    server = _keystore(directory / "server-keystore.pem", key, cert)
    client_cert, client_key = _signed(directory, "client", "/CN=client", ca)
    client = _keystore(directory / "client-keystore.pem", client_key,
                       client_cert)
    encrypted = directory / "client-encrypted.key"
    _openssl("pkcs8", "-topk8", "-in", client_key, "-out", encrypted,
             "-passout", f"pass:{KEY_PASSWORD}")
    other_cert, other_key = _signed(directory, "other", "/CN=other", other_ca)
    return Tls(ca, server, client, client_cert, client_key, encrypted,
               other_ca, other_cert, other_key)
