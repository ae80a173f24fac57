"""Shows that a request that changes something was meant by whoever sits before the browser.

A browser sends cookies along with requests that another site made it send. So a request that
changes something has to bring a token that only our own pages know. The token is made from
the value of the cookie, which no script can read, under a salt that is new for each page, so
that it is never twice the same and a compressed page gives nothing away.

References:
    OWASP, *Cross-Site Request Forgery Prevention Cheat Sheet*, "Signed double-submit cookie".
    https://cheatsheetseries.owasp.org/
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64

SECRET_CHARACTERS = 43
"""Of the value of a cookie: 32 random bytes in base64."""
_SALT_BYTES = 9
_MEANT = b"viewfinder: this request was meant\n"


def new_secret() -> str:
    """Return a value for a cookie that nobody can guess."""
    return secrets.token_urlsafe(32)


def token(secret: str) -> str:
    """Return a token that goes with a cookie; another one each time."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return urlsafe_b64encode(salt + _signed(secret, salt)).decode()


def goes_with(given: str, secret: str) -> bool:
    """Tell whether a token was made for the cookie of that value."""
    try:
        content = urlsafe_b64decode(given.encode("ascii", "replace"))
    except (NotBase64, ValueError):
        return False
    salt, signed = content[:_SALT_BYTES], content[_SALT_BYTES:]
    return hmac.compare_digest(signed, _signed(secret, salt))


def _signed(secret: str, salt: bytes) -> bytes:
    return hmac.digest(secret.encode(), _MEANT + salt, "sha256")
