"""Receipts of forgetting that somebody else can check, offline and years later.

A receipt is one JSON document by the names of the files of a log's bundle (``bundle``):
``receipt.json`` says what went, when, and what remains; ``chosen.jsonl`` holds the lines of
the log that say so, each with the proof that it is in the log, one of them with the digest
of the receipt; ``checkpoint.txt`` is the log's signed state. ``scripts/verify_log.py``
checks all of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from viewfinder.app.records.logbook import Logbook
from viewfinder.domain.errors import InputError
from viewfinder.domain.policy import Erasure
from viewfinder.domain.provenance import digest_of

REMAINS = (
    "the lines of the log that name what was forgotten by its id, as long as the log is kept",
    "copies of the folder `keys` from before, until each is overwritten or destroyed: with one "
    "of them, and a backup of that time, it can be read again",
)
"""What outlives any forgetting here."""


def receipt(
    logbook: Logbook,
    erasures: Sequence[Erasure],
    *,
    conversations: Sequence[str] = (),
    deleted: Sequence[str] = (),
) -> dict[str, str]:
    """Return a signed receipt, and log its digest.

    Args:
        logbook: Where it is logged.
        erasures: What went.
        conversations: Ids of conversations that were forgotten by themselves.
        deleted: Ids of videos whose files were deleted too.
    """
    open_too = [what for erasure in erasures for what in erasure.remains]
    files = [] if deleted else ["the files of the footage, which were not touched"]
    said = {
        "v": 1,
        "log": logbook.signed().origin,
        "videos": [document(erasure) for erasure in erasures],
        "conversations": list(conversations),
        "files_deleted": list(deleted),
        "remains": [*dict.fromkeys(open_too), *(files if erasures else []), *REMAINS],
    }
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    about = [str(e.video) for e in erasures] + list(conversations)
    logbook.write("receipt", {"receipt": digest_of(text), "of": about})
    made, chosen = logbook.prove_forgetting(about)
    return {
        "receipt.json": text + "\n",
        "chosen.jsonl": "".join(json.dumps(one) + "\n" for one in chosen),
        "checkpoint.txt": made.note,
        "key.txt": logbook.public_key() + "\n",
    }


def document(erasure: Erasure) -> dict[str, Any]:
    """Return what a receipt says of one video."""
    return {
        "video": erasure.video,
        "parts_ns": [[span.start_ns, span.end_ns] for span in erasure.spans],
        "at": erasure.at,
        "removed": dict(erasure.removed),
    }


def write(path: Path, made: dict[str, str]) -> None:
    """Write a receipt.

    Raises:
        InputError: It cannot be written.
    """
    try:
        path.write_text(json.dumps(made, ensure_ascii=False, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise InputError(f"cannot write {str(path)!r}: {error.strerror}") from error
