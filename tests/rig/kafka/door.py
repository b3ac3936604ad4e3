"""A door of a Kafka broker for clients that must say who they are: TLS, and SASL by SCRAM or by tokens."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import trustme
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tests.rig.kafka.properties import Settings
from tests.rig.process import free_port

USER, PASSWORD = "engine", "correct horse"
_LOGIN = "org.apache.kafka.common.security"


class Door:
    """The files and settings of the door; `bootstrap` leads to it. With `tokens` it takes those of that issuer too."""

    def __init__(self, folder: Path, tokens: Issuer | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.bootstrap = f"localhost:{self.port}"
        self.ca = folder / "ca.pem"
        self.users = [f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"]
        self._tokens = tokens
        self._store = folder / "broker.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca)
        issued = authority.issue_cert("localhost")
        key = load_pem_private_key(issued.private_key_pem.bytes(), None)
        chain = b"".join(one.bytes() for one in issued.cert_chain_pems)
        self._store.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + chain)

    @property
    def flags(self) -> tuple[str, ...]:
        """What the broker's Java must be started with."""
        if self._tokens is None:
            return ()
        return (f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={self._tokens.url}/keys",)

    def settings(self, broker: Settings) -> Settings:
        """The broker's settings with the door beside its other listeners."""
        here = "listener.name.door"
        added = {
            "listeners": f"{broker['listeners']},DOOR://localhost:{self.port}",
            "listener.security.protocol.map": f"{broker['listener.security.protocol.map']},DOOR:SASL_SSL",
            f"{here}.ssl.keystore.type": "PEM",
            f"{here}.ssl.keystore.location": str(self._store),
            f"{here}.sasl.enabled.mechanisms": "SCRAM-SHA-512,OAUTHBEARER" if self._tokens else "SCRAM-SHA-512",
            f"{here}.scram-sha-512.sasl.jaas.config": f"{_LOGIN}.scram.ScramLoginModule required;",
        }
        return {**broker, **added, **self._token_settings(f"{here}.oauthbearer")}

    def _token_settings(self, here: str) -> Settings:
        if self._tokens is None:
            return {}
        return {
            f"{here}.sasl.jaas.config": f"{_LOGIN}.oauthbearer.OAuthBearerLoginModule required;",
            f"{here}.sasl.server.callback.handler.class": f"{_LOGIN}.oauthbearer.OAuthBearerValidatorCallbackHandler",
            "listener.name.door.sasl.oauthbearer.jwks.endpoint.url": f"{self._tokens.url}/keys",
            "listener.name.door.sasl.oauthbearer.expected.audience": "kafka",
            "listener.name.door.sasl.oauthbearer.expected.issuer": self._tokens.url,
        }


class Issuer:
    """Gives tokens to whoever knows the secret, and tells the keys that they are signed with."""

    CLIENT, SECRET = "engine", "token secret"

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(65537, 2048)
        self.url = f"http://127.0.0.1:{free_port()}"
        self.given = 0

    @contextmanager
    def running(self) -> Iterator[Issuer]:
        """Answer meanwhile."""
        server = ThreadingHTTPServer(("127.0.0.1", int(self.url.rpartition(":")[2])), self._answering())
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def keys(self) -> bytes:
        """The public key as a JSON Web Key Set (RFC 7517)."""
        numbers = self._key.public_key().public_numbers()
        key = {"kty": "RSA", "kid": "1", "alg": "RS256", "use": "sig", "n": _number(numbers.n), "e": _number(numbers.e)}
        return json.dumps({"keys": [key]}).encode()

    def token(self, credentials: str) -> bytes | None:
        """A token (RFC 7519) for who shows the secret by HTTP Basic, else None."""
        right = base64.b64encode(f"{self.CLIENT}:{self.SECRET}".encode()).decode()
        if credentials != f"Basic {right}":
            return None
        self.given += 1
        now = int(time.time())
        claims = {"iss": self.url, "sub": self.CLIENT, "aud": "kafka", "scope": "engine", "iat": now, "exp": now + 300}
        signed = f"{_part({'alg': 'RS256', 'kid': '1', 'typ': 'JWT'})}.{_part(claims)}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), SHA256())
        token = f"{signed}.{_text(signature)}"
        return json.dumps({"access_token": token, "token_type": "Bearer", "expires_in": 300}).encode()

    def _answering(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(issuer.keys())

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length") or 0))
                self._answer(issuer.token(self.headers.get("authorization") or ""))

            def _answer(self, body: bytes | None) -> None:
                self.send_response(401 if body is None else 200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None: ...

        return Answering


def _part(content: object) -> str:
    return _text(json.dumps(content).encode())


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _number(value: int) -> str:
    return _text(value.to_bytes((value.bit_length() + 7) // 8, "big"))
