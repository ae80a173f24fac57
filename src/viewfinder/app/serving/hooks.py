"""Webhooks: what happens is told to addresses that the settings allow, signed, ids only.

A delivery is JSON with ``id``, ``event``, ``at`` and ids; never a word of footage, no path, no
name. ``Viewfinder-Signature: t=SECONDS,v1=HEX`` is HMAC-SHA256 over ``SECONDS.BODY`` under the
secret that was shown when the hook was made. What is not taken with a 2xx is sent again after
seconds, minutes and an hour, also after a restart; then given up.

Hooks, their secrets and what waits lie sealed in ``hooks.sealed``, in the library's folder.

References:
    Krawczyk, Bellare & Canetti, *HMAC*, RFC 2104, 1997.
"""

from __future__ import annotations

import hashlib
import heapq
import hmac
import http.client
import ipaddress
import json
import logging
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import SplitResult, urlsplit

from viewfinder.app.library import Library
from viewfinder.app.serving.shared import Shared
from viewfinder.domain.errors import ConfigError, InputError, UsageError, ViewfinderError
from viewfinder.governance import egress

EVENTS = ("job.ended", "video.added", "ping")
AGAIN_S = (2.0, 15.0, 120.0, 900.0, 3600.0)
"""After the first try and those after it."""
TIMEOUT_S = 10.0
KEPT = 200
"""Deliveries that can be looked at."""
_FILE, _KEY = "hooks.sealed", "hooks"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hook:
    """Somebody who is told.

    Attributes:
        id: 12 hexadecimal digits.
        url: Where to.
        events: Of which kinds; some of ``EVENTS``.
        made: ISO 8601.
        by: Who made it.
    """

    id: str
    url: str
    events: tuple[str, ...]
    made: str
    by: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing told to one hook.

    Attributes:
        id: 24 hexadecimal digits; the same at every try.
        hook: To whom.
        event: What kind.
        body: As it is sent.
        tries: So far.
        said: What came of the last try; "" before.
        is_over: Whether it is not tried again.
        due: When it is tried next, in seconds since 1970.
    """

    id: str
    hook: str
    event: str
    body: str
    tries: int = 0
    said: str = ""
    is_over: bool = False
    due: float = 0.0


@dataclass(slots=True)
class _Kept:
    hooks: dict[str, Hook] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, Delivery] = field(default_factory=dict)
    over: list[Delivery] = field(default_factory=list)


class Hooks:
    """Tells others. Safe for threads; sends on one of its own."""

    def __init__(
        self,
        shared: Shared,
        *,
        allow: Sequence[str] = (),
        again_s: Sequence[float] = AGAIN_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take up what waits.

        Args:
            shared: The library.
            allow: Hosts, or host:port, that may be told; addresses of this machine and of
                private networks only where they are named as such.
            again_s: Seconds after which a delivery is tried again, one for each try.
            clock: Seconds since 1970.
        """
        self._shared, self._allow = shared, tuple(allow)
        self._again_s, self._clock = tuple(again_s), clock
        self._turn = threading.Condition(threading.RLock())
        self._is_closed = False
        self._kept = self._load()
        self._thread = threading.Thread(target=self._work, name="viewfinder-hooks", daemon=True)
        self._thread.start()

    # -- asked from any thread ------------------------------------------------------------

    def listed(self, by: Library) -> list[Hook]:
        """Return all hooks; ``Refused`` where the policy lets nobody configure."""
        by.enter("configure")
        with self._turn:
            return list(self._kept.hooks.values())

    def deliveries(self, by: Library, hook: str = "") -> list[Delivery]:
        """Return what was told and what waits, the newest first; raises as ``listed``."""
        by.enter("configure")
        with self._turn:
            found = [*self._kept.over, *self._kept.waiting.values()]
        return [one for one in reversed(found) if not hook or one.hook == hook]

    def add(self, url: str, events: Sequence[str], by: Library) -> tuple[Hook, str]:
        """Return a new hook, and its secret, which is never shown again.

        Raises:
            Refused: The policy does not let them.
            UsageError: No such event, or no address that can be told.
            ConfigError: The settings do not allow the address; says which line would.
        """
        by.enter("configure")
        if not events or not set(events) <= set(EVENTS):
            unknown = ", ".join(sorted(set(events) - set(EVENTS))) or "none"
            raise UsageError(f"events: {unknown}; there are {', '.join(EVENTS)}")
        self._allowed(_split(url))
        hook = Hook(secrets.token_hex(6), url, tuple(events), _now(), by.asker)
        secret = secrets.token_urlsafe(32)
        with self._turn:
            by.logbook.write("hook", {"did": "add", "hook": hook.id, "events": list(events)})
            self._kept.hooks[hook.id] = hook
            self._kept.secrets[hook.id] = secret
            self._save()
        return hook, secret

    def remove(self, hook: str, by: Library) -> None:
        """Tell somebody nothing any more.

        Raises:
            Refused: The policy does not let them.
            InputError: There is no such hook.
        """
        by.enter("configure")
        with self._turn:
            if hook not in self._kept.hooks:
                raise InputError(f"no hook {hook!r} here")
            by.logbook.write("hook", {"did": "remove", "hook": hook})
            del self._kept.hooks[hook], self._kept.secrets[hook]
            self._kept.waiting = {d.id: d for d in self._kept.waiting.values() if d.hook != hook}
            self._save()

    def ping(self, hook: str, by: Library) -> None:
        """Send one delivery of the kind "ping"; raises as ``remove``."""
        by.enter("configure")
        with self._turn:
            if hook not in self._kept.hooks:
                raise InputError(f"no hook {hook!r} here")
            self._hand_in(hook, "ping", {})
            self._save()

    def tell(self, event: str, ids: Mapping[str, str]) -> None:
        """Hand in something that happened; returns at once.

        Args:
            event: What kind.
            ids: Ids and states, by name: nothing that says what footage shows or is called.
        """
        with self._turn:
            told = [hook.id for hook in self._kept.hooks.values() if event in hook.events]
            for hook in told:
                self._hand_in(hook, event, ids)
            if told:
                self._save()

    def close(self, wait_s: float = 2.0) -> None:
        """Stop; what waits is sent when the library is served again."""
        with self._turn:
            self._is_closed = True
            self._turn.notify_all()
        self._thread.join(wait_s)

    # -- sending --------------------------------------------------------------------------

    def _hand_in(self, hook: str, event: str, ids: Mapping[str, str]) -> None:
        made = secrets.token_hex(12)
        said = {"id": made, "event": event, "at": _now(), **ids}
        body = json.dumps(said, separators=(",", ":"))
        self._kept.waiting[made] = Delivery(made, hook, event, body, due=self._clock())
        self._turn.notify_all()

    def _work(self) -> None:
        while (one := self._next()) is not None:
            with self._turn:
                hook, secret = self._kept.hooks.get(one.hook), self._kept.secrets.get(one.hook)
            if hook is None or secret is None:
                continue
            said = self._sent(hook, secret, one)
            with self._turn, suppress(ViewfinderError):
                self._after(one, said)

    def _next(self) -> Delivery | None:
        with self._turn:
            while not self._is_closed:
                due = heapq.nsmallest(1, self._kept.waiting.values(), key=lambda d: d.due)
                left = due[0].due - self._clock() if due else None
                if due and left is not None and left <= 0:
                    return due[0]
                self._turn.wait(left)
            return None

    def _after(self, one: Delivery, said: str) -> None:
        if one.id not in self._kept.waiting:
            return  # its hook was removed meanwhile
        tries = one.tries + 1
        is_over = not said or tries > len(self._again_s)
        wait_s = 0.0 if is_over else self._again_s[tries - 1]
        after = replace(
            one, tries=tries, said=said or "taken", is_over=is_over, due=self._clock() + wait_s
        )
        if is_over:
            del self._kept.waiting[one.id]
            self._kept.over = [*self._kept.over[-KEPT + 1 :], after]
        else:
            self._kept.waiting[one.id] = after
        self._save()
        self._turn.notify_all()

    def _sent(self, hook: Hook, secret: str, one: Delivery) -> str:
        """Send a delivery; return "" where it was taken, else why not."""
        try:
            place = _split(hook.url)
            address = self._allowed(place)
            line = {"destination": _named(place), "hook": hook.id, "event": one.event}
            book = self._shared.view().logbook
            book.write("egress", {**line, "bytes": len(one.body.encode())})
            status = _post(place, address, _headers(secret, one, self._clock()), one.body)
        except (OSError, http.client.HTTPException, ViewfinderError, ssl.SSLError) as error:
            return f"{type(error).__name__}: {error}"
        return "" if 200 <= status < 300 else f"answered {status}"

    def _allowed(self, place: SplitResult) -> str:
        """Return an address of a place that may be told.

        Raises:
            ConfigError: It may not.
            UsageError: It has none.
        """
        destination, host = _named(place), place.hostname or ""
        listed = {entry.strip().lower() for entry in self._allow}
        if destination.lower() not in listed and host.lower() not in listed:
            lines = json.dumps([*self._allow, destination])
            raise ConfigError(
                f"{destination} may not be told anything; nothing was sent. If that is what you "
                f"want, put into viewfinder.toml, under [serve]: hooks = {lines}"
            )
        try:
            found = socket.getaddrinfo(host, _port(place), type=socket.SOCK_STREAM)
        except OSError as error:
            raise UsageError(f"{host!r} has no address: {error}") from error
        for *_, where in found:
            address = ipaddress.ip_address(str(where[0]).partition("%")[0])
            is_named = egress.is_loopback(host) or _is_address(host) or str(address) in listed
            if address.is_global or is_named:
                return str(where[0])
        raise ConfigError(
            f"{host} lies in a private network; name its address, too, under [serve]: hooks"
        )

    # -- kept -----------------------------------------------------------------------------

    def _load(self) -> _Kept:
        path = self._shared.folder / _FILE
        if not path.exists():
            return _Kept()
        opened = self._shared.view().logbook.keyring.open((_KEY,), path.read_bytes())
        if opened is None:
            return _Kept()
        told = json.loads(opened)
        hooks = [Hook(**{**one, "events": tuple(one["events"])}) for one in told["hooks"]]
        waiting = [Delivery(**one) for one in told["waiting"]]
        return _Kept(
            {hook.id: hook for hook in hooks},
            told["secrets"],
            {one.id: one for one in waiting},
            [Delivery(**one) for one in told["over"]],
        )

    def _save(self) -> None:
        kept = self._kept
        told = {
            "hooks": [asdict(hook) for hook in kept.hooks.values()],
            "secrets": kept.secrets,
            "waiting": [asdict(one) for one in kept.waiting.values()],
            "over": [asdict(one) for one in kept.over],
        }
        ring = self._shared.view().logbook.keyring
        fresh = self._shared.folder / f".{_FILE}"
        fresh.write_bytes(ring.seal((_KEY,), json.dumps(told).encode()))
        fresh.replace(self._shared.folder / _FILE)


def signature(secret: str, at: int, body: str) -> str:
    """Return what ``Viewfinder-Signature`` must say; compare in constant time."""
    digest = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def _headers(secret: str, one: Delivery, now: float) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": "viewfinder",
        "Viewfinder-Event": one.event,
        "Viewfinder-Delivery": one.id,
        "Viewfinder-Signature": signature(secret, int(now), one.body),
    }


def _post(place: SplitResult, address: str, headers: Mapping[str, str], body: str) -> int:
    """Send to just this address, so that a name cannot come to mean another; no redirects."""
    host, port = place.hostname or "", _port(place)
    made = socket.create_connection((address, port), timeout=TIMEOUT_S)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        if place.scheme == "https":
            made = ssl.create_default_context().wrap_socket(made, server_hostname=host)
        connection.sock = made
        path = (place.path or "/") + (f"?{place.query}" if place.query else "")
        connection.request("POST", path, body.encode(), dict(headers))
        return connection.getresponse().status
    finally:
        connection.close()
        made.close()


def _split(url: str) -> SplitResult:
    try:
        place = urlsplit(url)
        _ = place.port
    except ValueError as error:
        raise UsageError(f"{url!r} is no address: {error}") from error
    is_plain = place.scheme == "http" and egress.is_loopback(place.hostname or "")
    if not place.hostname or not (place.scheme == "https" or is_plain) or place.username:
        raise UsageError(f"{url!r} cannot be told: give https://host/path, without a password")
    return place


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _port(place: SplitResult) -> int:
    return place.port or (443 if place.scheme == "https" else 80)


def _named(place: SplitResult) -> str:
    return f"{place.hostname}:{_port(place)}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
