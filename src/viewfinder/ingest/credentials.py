"""Reads content credentials, and signs new ones, in the process that may touch a file's bytes.

Nothing is fetched: credentials that lie elsewhere, and lists of revoked certificates, stay
unread. The library that reads them (c2pa) is optional; without it nothing is known.
"""

from __future__ import annotations

import importlib.util
import json
import mimetypes
import warnings
from pathlib import Path
from typing import Any

from viewfinder.domain.credentials import Credentials, State
from viewfinder.domain.errors import DecodeError
from viewfinder.ingest import sandbox
from viewfinder.ingest.sandbox import DEFAULT, Limits

ALONE = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True},
}
"""Settings of c2pa under which it opens no connection."""
_KINDS = {".mov": "video/quicktime", ".m4v": "video/mp4", ".m4a": "audio/mp4"}
WORDS = 300


def can_read() -> bool:
    """Tell whether the optional library is here."""
    return importlib.util.find_spec("c2pa") is not None


def read(path: Path, *, limits: Limits = DEFAULT) -> Credentials:
    """Return what a file's credentials say; unknown where nothing can be known."""
    if not can_read():
        return Credentials(State.UNKNOWN, "not read: viewfinder[c2pa] is not installed")
    job = {"do": "credentials", "path": str(path.absolute())}
    try:
        told = next(iter(list(sandbox.work(job, limits=limits))), None)
    except DecodeError as error:
        return Credentials(State.UNKNOWN, f"they could not be read: {error}"[:WORDS])
    return _understood(told or {})


def _understood(told: dict[str, Any]) -> Credentials:
    if told.get("none"):
        return Credentials(State.UNKNOWN, str(told["none"])[:WORDS])
    state = told.get("state")
    if state not in ("Valid", "Trusted", "Invalid"):
        return Credentials(State.UNKNOWN, "they could not be read")
    return Credentials(
        State.INVALID if state == "Invalid" else State.VALID,
        ", ".join(map(str, told["codes"]))[:WORDS],
        str(told["signer"])[:WORDS],
        str(told["made_by"])[:WORDS],
        state == "Trusted",
    )


def inspect(path: Path) -> dict[str, Any]:
    """Return what c2pa says of a file. Runs in the worker only."""
    import c2pa

    kind = _kind(path)
    settings = c2pa.Settings.from_dict(ALONE)
    try:
        with path.open("rb") as file, c2pa.Context(settings) as context:
            reader = c2pa.Reader(kind, file, context=context)
            told = json.loads(reader.json())
    except c2pa.C2paError as error:
        return {"none": _why_none(str(error))}
    active = told.get("manifests", {}).get(told.get("active_manifest"), {})
    signed = active.get("signature_info") or {}
    makers = active.get("claim_generator_info") or [{}]
    return {
        "state": told.get("validation_state"),
        "codes": [one.get("code", "") for one in told.get("validation_status") or ()],
        "signer": signed.get("issuer") or signed.get("common_name") or "",
        "made_by": " ".join(filter(None, (makers[0].get("name"), makers[0].get("version")))),
    }


def _why_none(error: str) -> str:
    if error.startswith("ManifestNotFound"):
        return "the file has none"
    if error.startswith("NotSupported"):
        return "files of this kind are not read"
    return error


SIGNABLE = frozenset({".mp4", ".mov", ".m4a", ".mp3", ".wav", ".jpg", ".png", ".webp"})
"""Endings of the files that can carry credentials inside."""


def sign(path: Path, job: dict[str, Any]) -> dict[str, Any]:
    """Sign a file, in place. Runs in the process that cuts only.

    ``job`` holds the ``manifest``, the ``source`` that it was made from, a ``chain`` of
    certificates and the ``key``, and says which ``algorithm`` that is for.
    """
    import c2pa

    settings = c2pa.Settings.from_dict(ALONE)
    kind, made = _kind(path), path.with_name(f"signed{path.suffix}")
    info = c2pa.C2paSignerInfo(
        job["algorithm"].encode(), job["chain"].encode(), job["key"].encode(), None
    )
    notes = []
    with (
        warnings.catch_warnings(),
        c2pa.Context(settings) as context,
        path.open("rb") as bare,
        made.open("w+b") as signed,
    ):
        warnings.simplefilter("ignore", DeprecationWarning)
        builder = c2pa.Builder(job["manifest"], context)
        source = Path(job["source"])
        try:
            with source.open("rb") as original:
                builder.add_ingredient(json.dumps(job["parent"]), _kind(source), original)
        except c2pa.C2paError as error:
            notes.append(f"the source could not be read as an ingredient: {error}"[:WORDS])
        builder.sign(c2pa.Signer.from_info(info), kind, bare, signed)
    made.replace(path)
    return {"signed": True, "notes": notes}


def _kind(path: Path) -> str:
    suffix = path.suffix.lower()
    return _KINDS.get(suffix) or mimetypes.guess_type(path.name)[0] or "video/mp4"
