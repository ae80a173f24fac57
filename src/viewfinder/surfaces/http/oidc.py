"""Login by an account elsewhere: OpenID Connect, authorization code with PKCE.

What was begun is kept here, bound to the browser that began it, until it comes back or ten
minutes have passed. A statement about a person is believed only if the provider signed it with
one of its published keys, for this server, just now, and for what this browser began.

References:
    Sakimura et al., *OpenID Connect Core 1.0*, section 3.1.
    https://openid.net/specs/openid-connect-core-1_0.html
    Sakimura et al., *Proof Key for Code Exchange*, RFC 7636, 2015.
    https://www.rfc-editor.org/rfc/rfc7636
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from httpx2 import HTTPError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from viewfinder.app.config import Oidc
from viewfinder.app.entry.roster import digest_of
from viewfinder.domain.errors import ConfigError
from viewfinder.surfaces.http.places import is_loopback
from viewfinder.surfaces.http.problems import Stopped

_log = logging.getLogger("viewfinder.server")
SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
"""Algorithms with a public key; a secret that is shared signs nothing here."""
_WAIT_S, _PENDING_S, _KEEP_S, _MOST, _LEEWAY_S = 10.0, 600.0, 3600.0, 10_000, 60
_WRONG = (AuthlibBaseError, JoseError, HTTPError, LookupError, ValueError, TypeError)


@dataclass(frozen=True, slots=True)
class Begun:
    """A login that was sent to the provider.

    Attributes:
        browser: Digest of the value of its cookie.
        nonce: Has to come back in what the provider signs.
        verifier: Shows that whoever fetches the statement began this.
        to: Where the person wanted to go.
        at: When, on a clock that only goes forward.
    """

    browser: str
    nonce: str
    verifier: str
    to: str
    at: float


class Provider:
    """One provider, as a server sees it. For all threads."""

    def __init__(self, told: Oidc) -> None:
        """Note where the provider is; it is asked when somebody first wants to log in.

        Raises:
            ConfigError: Its address is not https, or the secret is not there.
        """
        parts = urlsplit(told.issuer)
        if parts.scheme != "https" and not is_loopback(parts.hostname):
            raise ConfigError(f"[serve.oidc] issuer = {told.issuer!r} has to begin with https://")
        if not told.client_id:
            raise ConfigError("[serve.oidc] needs client_id: what the provider calls this server")
        self._told, self._secret = told, None
        if told.client_secret_env:
            self._secret = os.environ.get(told.client_secret_env)
            if not self._secret:
                raise ConfigError(
                    f"[serve.oidc] client_secret_env: there is no {told.client_secret_env!r} in "
                    "the environment"
                )
        self._lock = threading.Lock()
        self._begun: dict[str, Begun] = {}
        self._found: tuple[float, dict[str, Any], KeySet] | None = None

    def begin(self, browser: str, to: str, *, back: str) -> str:
        """Return the address at the provider to send a browser to.

        Args:
            browser: The value of its cookie.
            to: Where to go after the login.
            back: Address here that the provider sends it back to.

        Raises:
            Stopped: 502: the provider cannot be reached.
        """
        known, _ = self._discovered()
        begun = Begun(
            digest_of(browser),
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(48),
            to,
            time.monotonic(),
        )
        with self._client(back) as client:
            address, state = client.create_authorization_url(
                known["authorization_endpoint"], nonce=begun.nonce, code_verifier=begun.verifier
            )
        with self._lock:
            self._begun = {
                key: one for key, one in self._begun.items() if begun.at - one.at < _PENDING_S
            }
            while len(self._begun) >= _MOST:
                del self._begun[next(iter(self._begun))]
            self._begun[state] = begun
        return str(address)

    def finish(
        self, browser: str, answer: Mapping[str, str], *, back: str
    ) -> tuple[dict[str, Any], str]:
        """Return what the provider states of the person, and where they wanted to go.

        Args:
            browser: The value of its cookie.
            answer: What the browser brought back.
            back: As for ``begin``.

        Raises:
            Stopped: 400: nothing of the kind was begun here; 502: the provider says no.
        """
        with self._lock:
            begun = self._begun.pop(answer.get("state", ""), None)
        is_old = begun is None or time.monotonic() - begun.at >= _PENDING_S
        if begun is None or is_old or begun.browser != digest_of(browser):
            raise Stopped(400, "Not begun here", "This login was not begun here. Begin again.")
        if answer.get("iss", self._told.issuer) != self._told.issuer or "code" not in answer:
            raise Stopped(400, "Not logged in", "The provider did not let you in. Begin again.")
        known, _ = self._discovered()
        try:
            with self._client(back) as client:
                given = client.fetch_token(
                    known["token_endpoint"],
                    grant_type="authorization_code",
                    code=answer["code"],
                    code_verifier=begun.verifier,
                )
            return self._believed(str(given["id_token"]), begun.nonce), begun.to
        except _WRONG as error:
            raise _no_provider(error) from error

    def _believed(self, statement: str, nonce: str) -> dict[str, Any]:
        try:
            token = jwt.decode(statement, self._discovered()[1], algorithms=SIGNED_BY)
        except (JoseError, ValueError):  # perhaps by a key that is newer than those known here
            token = jwt.decode(statement, self._discovered(anew=True)[1], algorithms=SIGNED_BY)
        jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": self._told.issuer},
            aud={"essential": True, "value": self._told.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(token.claims)
        if token.claims.get("azp", self._told.client_id) != self._told.client_id:
            raise ValueError("the statement is for another server")
        return dict(token.claims)

    def _client(self, back: str) -> Any:
        return OAuth2Client(
            self._told.client_id,
            self._secret,
            scope="openid profile",
            redirect_uri=back,
            code_challenge_method="S256",
            timeout=_WAIT_S,
        )

    def _discovered(self, *, anew: bool = False) -> tuple[dict[str, Any], KeySet]:
        """Return what the provider says of itself, and its keys."""
        with self._lock:
            held = self._found
        if held is not None and not anew and time.monotonic() - held[0] < _KEEP_S:
            return held[1], held[2]
        address = self._told.issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            with self._client("") as client:
                known = (
                    client.request("GET", address, withhold_token=True).raise_for_status().json()
                )
                if known["issuer"] != self._told.issuer:
                    raise ValueError("it is another one")
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    self._check(str(known[name]))
                listed = client.request("GET", known["jwks_uri"], withhold_token=True)
                keys = KeySet.import_key_set(listed.raise_for_status().json())
        except _WRONG as error:
            raise _no_provider(error) from error
        with self._lock:
            self._found = time.monotonic(), known, keys
        return known, keys

    def _check(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme != "https" and not is_loopback(parts.hostname):
            raise ValueError(f"{address!r} is not https")


def _no_provider(error: Exception) -> Stopped:
    _log.warning("the provider does not answer as it should", exc_info=error)
    return Stopped(
        502,
        "The provider does not answer as it should",
        f"Nobody can log in through it now ({type(error).__name__}). Whoever runs the server may "
        "look at [serve.oidc].",
    )
