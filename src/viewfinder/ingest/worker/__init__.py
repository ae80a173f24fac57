"""What runs inside the sandbox: the only rooms of the house that touch libav.

Nothing here is imported by the parent process.
"""

from __future__ import annotations


class Unreadable(Exception):
    """The file cannot be used; the message says why, in words for its owner."""
