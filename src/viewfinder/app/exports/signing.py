"""Content credentials for what is taken out: where it comes from, what was done, who says so.

The certificate is the one that the settings name, or else one that the library makes from a
key of its own: it shows that two files come from the same library, and nobody trusts it
until they have compared the key. Credentials are signed for the file as it lies: changing
a byte shows.

References:
    C2PA, *Content Credentials: C2PA Technical Specification*. https://spec.c2pa.org
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from viewfinder.app.evidence.build import build
from viewfinder.app.exports.desk import Desk
from viewfinder.domain.credentials import State
from viewfinder.domain.errors import ConfigError, DecodeError
from viewfinder.domain.media import Video
from viewfinder.domain.time import TimeSpan
from viewfinder.governance.secrets.keys import Keyring
from viewfinder.ingest import credentials, sandbox

SIGNER, ROOT = "signs what is taken out", "vouches for what signs"
"""Subjects of the library's keys."""
_DAYS = 3650
_PEM = serialization.Encoding.PEM


def unsigned(reason: str) -> dict[str, Any]:
    """Return what is said of a file without credentials."""
    return {"state": "unknown", "reason": reason, "signer": "", "key": "", "trusted": False}


def sign(
    desk: Desk,
    made: Path,
    source: Path,
    video: Video,
    holds: Sequence[TimeSpan],
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """Sign a clip in place; return what its credentials say, read back, or why it has none."""
    if not desk.config.exports.sign:
        return unsigned("signing is off in the settings")
    if not credentials.can_read():
        return unsigned("viewfinder[c2pa] is not installed")
    if made.suffix not in credentials.SIGNABLE:
        return unsigned(f"files of kind {made.suffix[1:]!r} carry no credentials")
    chain, key, algorithm = _identity(desk)
    job = {
        "do": "sign",
        "path": str(made),
        "source": str(source.absolute()),
        "manifest": manifest(video, holds, facts, desk.store.trail.library),
        "parent": {
            "title": video.name,
            "relationship": "parentOf",
            "instance_id": _instance(video),
            "label": _instance(video),
        },
        "chain": chain,
        "key": key,
        "algorithm": algorithm,
    }
    try:
        told = list(sandbox.work(job, limits=desk.limits(), worker=sandbox.CUTS))
    except DecodeError as error:
        return unsigned(f"it could not be signed: {error}"[:300])
    read = credentials.read(made, limits=desk.limits())
    return {
        "state": read.state.value,
        "reason": "" if read.state is State.VALID else read.reason,
        "signer": read.signer,
        "key": fingerprint(chain),
        "trusted": read.trusted,
        "notes": [note for one in told for note in one.get("notes", ())],
    }


def manifest(
    video: Video, holds: Sequence[TimeSpan], facts: Mapping[str, Any], library: str
) -> dict[str, Any]:
    """Return what is signed: the program, what was done in which order, and the source."""
    agent = {"name": "viewfinder", "version": build()["version"]}
    spans = [[p.start_ns // 1_000_000, p.end_ns // 1_000_000] for p in holds]
    done: list[dict[str, Any]] = [
        {"action": "c2pa.opened", "parameters": {"ingredientIds": [_instance(video)]}},
        {
            "action": "c2pa.edited" if len(holds) > 1 else "c2pa.trimmed",
            "parameters": {"description": f"kept, in milliseconds of the source: {spans}"},
        },
    ]
    if facts.get("faces_covered"):
        told = {"description": "faces were covered in every frame, as far as they were found"}
        done.append({"action": "c2pa.filtered", "parameters": told})
    if facts.get("captions") == "burnt":
        told = {"description": "captions were drawn into the picture"}
        done.append({"action": "c2pa.drawing", "parameters": told})
    if facts.get("how") == "exact":
        codecs = ", ".join(facts.get("codecs", ()))
        told = {"description": f"encoded again: {codecs}"}
        done.append({"action": "c2pa.transcoded", "parameters": told})
    else:
        done.append({"action": "c2pa.repackaged"})
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for one in done:
        one.setdefault("when", now)
        one["softwareAgent"] = agent
    source = {
        "name": video.name,
        "sha256": video.id,
        "bytes": video.size_bytes,
        "parts_ms": spans,
        "library": library,
    }
    return {
        "claim_generator_info": [agent],
        "title": video.name,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": done}},
            {"label": "viewfinder.source", "data": source},
        ],
    }


def _instance(video: Video) -> str:
    return f"xmp:iid:{video.id}"


def _identity(desk: Desk) -> tuple[str, str, str]:
    """Return the chain of certificates, the key, and its algorithm.

    Raises:
        ConfigError: The files that the settings name cannot be read.
    """
    named = desk.config.exports
    if not named.certificate:
        return (*generated(desk.logbook.keyring, desk.store.trail.library), "ed25519")
    try:
        chain = Path(named.certificate).expanduser().read_text("ascii")
        key = Path(named.private_key).expanduser().read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"[exports] certificate and private_key: {error}") from error
    return chain, key, named.algorithm


def generated(keyring: Keyring, library: str) -> tuple[str, str]:
    """Return the library's own chain and key as PEM; always of the same keys."""
    root = Ed25519PrivateKey.from_private_bytes(keyring.key(ROOT))
    leaf = Ed25519PrivateKey.from_private_bytes(keyring.key(SIGNER))
    names = f"viewfinder library {library[:16]}", "viewfinder, its own authority"
    chain = _certificate(leaf, root, *names) + _certificate(root, root, names[1], names[1])
    key = leaf.private_bytes(
        _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return chain, key


def _certificate(key: Ed25519PrivateKey, by: Ed25519PrivateKey, name: str, who: str) -> str:
    is_root = key is by
    now = datetime.now(UTC)
    public = key.public_key()
    number = int.from_bytes(hashlib.sha256(public.public_bytes_raw()).digest()[:15], "big")
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_root,
        crl_sign=is_root,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(who))
        .public_key(public)
        .serial_number(number)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(is_root, None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
        )
    )
    if not is_root:
        mail = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        made = made.add_extension(mail, critical=False)
    return made.sign(by, None).public_bytes(_PEM).decode()


def _named(words: str) -> x509.Name:
    kinds = (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
    return x509.Name([x509.NameAttribute(kind, words) for kind in kinds])


def fingerprint(chain: str) -> str:
    """Return the SHA-256 of the public key that signs, to be compared by telephone."""
    public = x509.load_pem_x509_certificate(chain.encode()).public_key()
    raw = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(raw).hexdigest()
