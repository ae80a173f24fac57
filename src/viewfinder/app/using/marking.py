"""Words of footage, before they are handed to a machine that reads."""

from __future__ import annotations

from viewfinder.governance.address import addresses_machine

__all__ = ["addresses_machine"]
