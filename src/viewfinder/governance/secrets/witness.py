"""Checkpoints: signed by the library, kept by somebody else, compared with the log later.

A log in one hand proves nothing against that hand: who can write the file can write it
anew. A checkpoint that was given away cannot be taken back.

References:
    Josefsson & Liusvaara, *Edwards-Curve Digital Signature Algorithm (EdDSA)*, RFC 8032.
    https://www.rfc-editor.org/rfc/rfc8032
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from viewfinder.domain.errors import InputError
from viewfinder.domain.log.checkpoint import Checkpoint, key_id, parsed, verifier_key
from viewfinder.governance.secrets.keys import Keyring

SIGNER = "signs the log"
"""Subject of the key that signs."""


def origin_of(library: str) -> str:
    """Return the name of a library's log, which is also that of its key."""
    return f"viewfinder/{library}"


def public_key(keyring: Keyring) -> bytes:
    """Return the public key of the library, made with its first use."""
    return Ed25519PrivateKey.from_private_bytes(keyring.key(SIGNER)).public_key().public_bytes_raw()


def shown_key(keyring: Keyring, library: str) -> str:
    """Return origin and public key as others take them to check signatures."""
    return verifier_key(origin_of(library), public_key(keyring))


def signed(keyring: Keyring, library: str, size: int, root: bytes) -> Checkpoint:
    """Return a checkpoint of the log, signed."""
    private = Ed25519PrivateKey.from_private_bytes(keyring.key(SIGNER))
    name = origin_of(library)
    bare = Checkpoint(name, size, root)
    public = private.public_key().public_bytes_raw()
    signature = (name, key_id(name, public), private.sign(bare.body.encode()))
    return Checkpoint(name, size, root, (signature,))


def is_signed(checkpoint: Checkpoint, public: bytes) -> bool:
    """Tell whether the key has signed the checkpoint."""
    wanted = key_id(checkpoint.origin, public)
    for name, key, signature in checkpoint.signatures:
        if name == checkpoint.origin and key == wanted:
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(
                    signature, checkpoint.body.encode()
                )
            except InvalidSignature:
                return False
            return True
    return False


def drop(checkpoint: Checkpoint, witness: Path) -> Path:
    """Leave a checkpoint with a witness, a folder somebody else holds; return the file.

    A file that is there already is never changed.

    Raises:
        InputError: The folder cannot be written, or holds another checkpoint of this size.
    """
    path = _files_of(checkpoint.origin, witness) / f"{checkpoint.size:012d}.checkpoint"
    try:
        path.parent.mkdir(exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(checkpoint.note)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            _same(checkpoint, path)
        finally:
            fresh.unlink()
    except OSError as error:
        raise InputError(
            f"the checkpoint cannot be left with the witness {str(witness)!r}: {error.strerror}; "
            "mount the folder, make it writable, or take it out of [log] witnesses"
        ) from error
    return path


def _files_of(origin: str, witness: Path) -> Path:
    return witness / origin.replace("/", "-")


def _same(checkpoint: Checkpoint, path: Path) -> None:
    if read(path).root != checkpoint.root:
        raise InputError(
            f"the witness holds another checkpoint of {checkpoint.size} entries, {str(path)!r}: "
            "the log was rewritten; `viewfinder log verify` shows from where on"
        )


def read(path: Path) -> Checkpoint:
    """Return the checkpoint in a file.

    Raises:
        InputError: There is none.
    """
    try:
        return parsed(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{str(path)!r} is no checkpoint: {error}") from error


def kept(origin: str, witnesses: Sequence[Path]) -> list[Checkpoint]:
    """Return every checkpoint of a log that its witnesses hold.

    Raises:
        InputError: One is damaged.
    """
    files = {f for w in witnesses for f in _files_of(origin, w).glob("[0-9]*.checkpoint")}
    return [read(path) for path in sorted(files)]
