"""How often something may happen: buckets that fill up again with time.

References:
    Turner, *New Directions in Communications (or Which Way to the Information Age?)*,
    IEEE Communications Magazine 24(10), 1986: the leaky bucket. https://doi.org/10.1109/MCOM.1986.1092946
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

MOST_KEPT = 10_000


class Throttle:
    """Counts by key; a key that nobody used for a while costs nothing."""

    def __init__(
        self, per_minute: float, at_once: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Let each key have ``at_once`` at first, and ``per_minute`` after that."""
        self._per_s, self._most, self._clock = per_minute / 60, at_once, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, key: str) -> float:
        """Return how long until the key may go on; 0 for now. Counts nothing."""
        with self._lock:
            return max(0.0, (1 - self._level(key)) / self._per_s)

    def take(self, key: str) -> float:
        """Count one where it may be; return how long to wait where not, else 0."""
        with self._lock:
            level = self._level(key)
            if level < 1:
                return (1 - level) / self._per_s
            self._set(key, level - 1)
            return 0.0

    def count(self, key: str) -> None:
        """Count one, whether it may be or not."""
        with self._lock:
            self._set(key, max(0.0, self._level(key) - 1))

    def _level(self, key: str) -> float:
        level, at = self._left.get(key, (self._most, self._clock()))
        return min(self._most, level + (self._clock() - at) * self._per_s)

    def _set(self, key: str, level: float) -> None:
        self._left[key] = level, self._clock()
        self._left.move_to_end(key)
        while len(self._left) > MOST_KEPT:
            self._left.popitem(last=False)


def network_of(address: str) -> str:
    """Return what one person is likely to have of addresses: one, or with IPv6 a /64."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(IPv6Address(int(found) >> 64 << 64))
    return str(found)
