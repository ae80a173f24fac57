"""Where a request comes from, and what it takes itself to be sent to.

Nobody has to log in at home, so *home* is narrow: the server listens on a loopback address, the
connection came in by one and from one, ``Host`` names it so, and nothing says that a proxy
stands between. A page elsewhere that makes its own name point here (DNS rebinding) fails at
``Host``; one that sends a browser here fails at ``Origin``, see ``is_from_here``.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from viewfinder.app.config import Serve

COOKIE = "viewfinder"
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_PROXIES = frozenset(
    {
        *(b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"),
        *(b"x-forwarded-server", b"x-forwarded-port", b"x-real-ip", b"x-original-forwarded-for"),
    }
)


def header(scope: Any, name: bytes) -> str | None:
    """Return a header as text; the first where it was sent more than once."""
    for known, value in scope["headers"]:
        if known == name:
            return str(value.decode("latin-1"))
    return None


def host_of(scope: Any) -> str | None:
    """Return the name in ``Host``, small and without port; None where there is no single one."""
    given = [value for name, value in scope["headers"] if name == b"host"]
    if len(given) != 1:
        return None
    return name_of(given[0].decode("latin-1"))


def name_of(authority: str) -> str | None:
    """Return the name in HOST or HOST:PORT; None where it is none."""
    try:
        parts = urlsplit(f"//{authority}")
        _ = parts.port
    except ValueError:
        return None
    strange = set(authority) & set("/?#@\\ \t")
    return None if strange or not parts.hostname else parts.hostname.rstrip(".")


def is_loopback(address: str | None) -> bool:
    """Tell whether an address, or the name localhost, is of this machine alone."""
    if address == "localhost":
        return True
    try:
        found = ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_loopback)


def needs_login(serve: Serve) -> bool:
    """Tell whether everybody has to log in."""
    return serve.login == "always" or not is_loopback(serve.host)


def is_at_home(scope: Any, serve: Serve) -> bool:
    """Tell whether whoever asks sits at this machine, so that nobody has to log in."""
    if needs_login(serve) or host_of(scope) not in _LOCAL:
        return False
    client, server = scope.get("client"), scope.get("server")
    if not (client and server and is_loopback(client[0]) and is_loopback(server[0])):
        return False
    return not any(name in _PROXIES for name, _ in scope["headers"])


def is_served(scope: Any, serve: Serve) -> bool:
    """Tell whether the server answers to the name in ``Host``.

    An address cannot be made to point elsewhere, so with a login any address will do.
    """
    name = host_of(scope)
    if name is None:
        return False
    if name in _LOCAL or name in _names(serve.origin, serve.hosts):
        return True
    if not needs_login(serve):
        return False
    try:
        ip_address(name)
    except ValueError:
        return not serve.origin and not serve.hosts and name in _own_names()
    return True


@lru_cache(maxsize=8)
def _names(origin: str, hosts: Iterable[str]) -> frozenset[str]:
    known = {urlsplit(origin).hostname if origin else None, *map(name_of, hosts)}
    return frozenset(name for name in known if name)


@lru_cache(maxsize=1)
def _own_names() -> frozenset[str]:
    name = socket.gethostname().casefold()
    return frozenset({name, f"{name.partition('.')[0]}.local"})


def is_secure(scope: Any, serve: Serve) -> bool:
    """Tell whether cookies are for https alone."""
    if serve.secure_cookie != "auto":
        return serve.secure_cookie == "always"
    return bool(scope.get("scheme") == "https")


def cookie_name(scope: Any, serve: Serve) -> str:
    """Return the name of our cookie; with ``__Host-`` no other server can lay one under ours."""
    return f"__Host-{COOKIE}" if is_secure(scope, serve) else COOKIE


def is_from_here(scope: Any, serve: Serve) -> bool:
    """Tell whether what a browser says of where a request began is a page of this server."""
    if header(scope, b"sec-fetch-site") not in (None, "same-origin", "none"):
        return False
    origin = header(scope, b"origin")
    if origin is None or (serve.origin and origin.casefold() == serve.origin.casefold()):
        return True
    parts = urlsplit(origin)
    host = header(scope, b"host") or ""
    return parts.scheme in ("http", "https") and parts.netloc.casefold() == host.casefold()


def is_no_browser(scope: Any) -> bool:
    """Tell whether a request cannot have been sent by a browser for a page elsewhere.

    Such a request bears ``Origin`` or ``Sec-Fetch-Site``, and every browser calls itself Mozilla.
    """
    marks = {b"cookie", b"origin", b"referer", b"sec-fetch-site", b"sec-fetch-mode"}
    agent = header(scope, b"user-agent") or ""
    return not agent.startswith("Mozilla/") and not any(n in marks for n, _ in scope["headers"])


def address_of(scope: Any) -> str:
    """Return the address a request comes from; "unix" for a socket in the file system."""
    client = scope.get("client")
    return str(client[0]) if client else "unix"
