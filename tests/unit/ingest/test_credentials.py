"""Content credentials: read in the sandbox, kept with the video, and never proof of a fake."""

from __future__ import annotations

import datetime
import os
import warnings
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from viewfinder.app.intake.adding import Options
from viewfinder.app.library import Library
from viewfinder.domain.annotation import TrackName
from viewfinder.domain.answer import Answer, Citation, Claim, Outcome
from viewfinder.domain.credentials import KIND, Credentials, State, last
from viewfinder.ingest import credentials
from viewfinder.ingest.credentials import read
from viewfinder.ingest.probe import probe
from viewfinder.surfaces import documents
from viewfinder.testing.media import draw_sample

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)
CAPTURE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"


def certificate(
    name: str,
    number: int,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    who: str,
) -> bytes:
    """Return a certificate; one that signs itself may sign others."""
    is_root = key is by

    def named(words: str) -> x509.Name:
        kinds = (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
        return x509.Name([x509.NameAttribute(kind, words) for kind in kinds])

    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_root,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(who))
        .public_key(key.public_key())
        .serial_number(number)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + 30 * DAY)
        .add_extension(x509.BasicConstraints(is_root, None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
        )
    )
    if not is_root:
        mail = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        made = made.add_extension(mail, critical=False)
    return made.sign(by, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn clip, signed with a certificate made here."""
    c2pa = pytest.importorskip("c2pa")
    folder = tmp_path_factory.mktemp("signed")
    clip = draw_sample(folder / "bare.mp4")
    root, camera = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    chain = certificate("Test camera", 2, camera, root, "Test root")
    chain += certificate("Test root", 1, root, root, "Test root")
    key = camera.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    actions = {"actions": [{"action": "c2pa.created", "digitalSourceType": CAPTURE}]}
    told = {
        "claim_generator_info": [{"name": "test camera", "version": "1"}],
        "assertions": [{"label": "c2pa.actions", "data": actions}],
    }
    with (
        warnings.catch_warnings(),
        clip.open("rb") as source,
        (folder / "clip.mp4").open("w+b") as made,
    ):
        warnings.simplefilter("ignore", DeprecationWarning)
        signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", chain, key, None))
        c2pa.Builder(told).sign(signer, "video/mp4", source, made)
    return folder / "clip.mp4"


def flipped(path: Path, place: Path) -> Path:
    content = bytearray(path.read_bytes())
    content[-len(content) // 4] ^= 1
    place.write_bytes(content)
    return place


def test_a_signed_clip_is_valid_and_a_flipped_byte_makes_it_invalid(
    signed: Path, tmp_path: Path
) -> None:
    found = read(signed)
    assert (found.state, found.signer, found.trusted) == (State.VALID, "Test camera", False)
    assert found.made_by == "test camera 1"
    broken = read(flipped(signed, tmp_path / "flipped.mp4"))
    assert broken.state is State.INVALID
    assert "Hash.mismatch" in broken.reason


def test_no_credentials_are_unknown_and_not_held_against_a_clip(
    signed: Path, tmp_path: Path
) -> None:
    bare = read(signed.with_name("bare.mp4"))
    assert bare == Credentials(State.UNKNOWN, "the file has none")
    noise = tmp_path / "noise.mp4"
    noise.write_bytes(os.urandom(5000))
    assert read(noise).state is State.UNKNOWN
    empty = tmp_path / "empty.mp4"
    empty.touch()
    assert read(empty).state is State.UNKNOWN


def test_without_the_library_nothing_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "can_read", lambda: False)
    assert read(tmp_path / "x.mp4").state is State.UNKNOWN


def test_what_was_read_is_kept_shown_and_forgotten_with_the_video(
    signed: Path, tmp_path: Path, library: Path
) -> None:
    clip = flipped(signed, tmp_path / "flipped.mp4")
    with Library.open(library, create=True) as made:
        keep = made._adding(made._admitted("add"), Options())._read_credentials
        video = probe(clip)
        made._store.commit_video(video, event=made._event("add", video=video.id))
        keep(video)
        state = made.status()[0]
        assert state.credentials is not None
        assert documents.status(state)["credentials"]["state"] == "invalid"
        gaps = made._fittings.gaps(made._admitted("ask"))
        assert "content credentials do not hold in 1 video (e.g. flipped.mp4)" in gaps
        citation = Citation(video.id, str(clip), video.span, TrackName.SPEECH, "words")
        answer = Answer(Outcome.ANSWER, "", (Claim("It says words.", (citation,)),))
        noted = made._with_origin(answer).notes
        assert noted == ("content credentials of flipped.mp4: invalid, signed by Test camera",)
        made.forget(video.id)
        assert made._with_origin(answer).notes == ()
        assert last(made._store.facts(KIND)) == {}
