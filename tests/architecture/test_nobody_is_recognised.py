"""Nothing is made, kept, set or fetched that could tell who, or of what kind, a person is.

``test_words`` looks at names in code; this reads the schema of the store, the fields of
every dataclass and model of the package, every setting, every weight and every file, and
lets through only what is written down here with its reason.
"""

from __future__ import annotations

import ast
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_words import IDENTITY, ROOT, names

from viewfinder.adapters.stores.sqlite import plugin as sqlite
from viewfinder.app import config
from viewfinder.weights.manifest import Bundle, manifest

PACKAGE = ROOT / "src" / "viewfinder"

# Stems: a name made of words, one of which begins like this, is about bodies or kinds.
BODIES = (
    *("face", "facial", "voice", "gait", "iris", "retina", "fingerprint", "palmprint", "biometr"),
    *("faceprint", "voiceprint", "diaris", "diariz", "reid", "landmark", "emotion", "mood"),
    *("sentiment", "affect", "valence", "arousal", "ethnic", "race", "racial", "gender", "skin"),
    *("nationality", "religio", "orientation", "disability", "attractive", "celebrit", "lookalike"),
)
# What may stand in the schema, the settings, the fields and the files all the same, and why.
ALLOWED = {
    "faces": "the weights that cover faces, and their folder",
    "cover_faces": "the setting that has them covered",
    "cover_faces_in": "the same for some collections",
    "faces_covered_by": "what covered them, for the derivation",
    "centerface": "the network that covers them",
    "landmarks": "well-known things in a space of pictures (0026); none is of a body",
    "landmark_encoder": "the seat of an encoder that knows those",
    "orientation": "of a picture: upright or across",
    "voice_threshold": "whether anybody speaks at all, from how loud",
    "voice_floor": "the same",
    "min_voice_s": "the same",
}
PURPOSES = frozenset({"only to cover faces, before anything else looks at a picture"})
# Models of the field for what is never done here, whatever their file is called.
MODELS = re.compile(
    r"(?i)arcface|facenet|sphereface|cosface|adaface|insightface|deepface|vggface|dlib|openface"
    r"|retinaface|ecapa|x-?vector|speakernet|titanet|pyannote|resemblyzer|wespeaker|gaitset"
    r"|opengait|fer2013|affectnet|emotic|fairface|utkface|deepemotion|hsemotion"
)


def words(name: str) -> list[str]:
    """Return the words that a name is made of."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return [word for word in re.split(r"[^a-z]+", parted) if word]


def is_of_bodies(name: str) -> bool:
    bare = "_".join(words(name))
    if bare in ALLOWED:
        return False
    return bool(IDENTITY.search(bare)) or any(
        word.startswith(stem) for word in words(name) for stem in BODIES
    )


def schema(path: Path) -> Iterator[str]:
    """Yield every table, index, column and trigger of a new library, as SQLite tells them."""
    with sqlite3.connect(path) as database:
        tables = database.execute("SELECT name, type FROM sqlite_master").fetchall()
        for table, _ in tables:
            yield table
            quoted = table.replace('"', '""')
            yield from (row[1] for row in database.execute(f'PRAGMA table_xinfo("{quoted}")'))


def fields(path: Path) -> Iterator[str]:
    """Yield the annotated fields of every class of a module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                    yield part.target.id


def settings() -> Iterator[str]:
    shapes: list[Any] = [config.Config, *config.SECTIONS.values()]
    for shape in shapes:
        yield from shape.__dataclass_fields__


def modules() -> list[Path]:
    return [path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts]


def test_no_table_and_no_column_is_for_it(tmp_path: Path) -> None:
    sqlite.build(sqlite.config(str(tmp_path / "library"))).close()
    (file,) = (tmp_path / "library").rglob("*.sqlite")
    found = set(schema(file))
    assert len(found) > 40
    assert not [name for name in found if is_of_bodies(name)]


def test_no_field_of_anything_kept_or_sent_is_for_it() -> None:
    found = [(path, name) for path in modules() for name in fields(path)]
    assert len(found) > 300
    assert not [f"{path.name}: {name}" for path, name in found if is_of_bodies(name)]


def test_no_setting_is_for_it() -> None:
    assert len(list(settings())) > 40
    assert not [name for name in settings() if is_of_bodies(name)]


def test_no_file_of_the_package_is_for_it() -> None:
    paths = (p for p in PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    found = (part for path in paths for part in (*path.relative_to(PACKAGE).parts[:-1], path.stem))
    assert not sorted({part for part in found if is_of_bodies(part)})


@pytest.mark.parametrize("bundle", manifest(), ids=lambda bundle: bundle.name)
def test_no_weight_is_for_it(bundle: Bundle) -> None:
    said = " ".join((bundle.purpose, bundle.adds, bundle.origin, bundle.name))
    files = [file.name for file in bundle.files] + list(bundle.made)
    parts = [part.member for f in bundle.files for carrier in f.carriers for part in carrier]
    assert not MODELS.search(" ".join((said, *files, *parts)))
    if bundle.purpose in PURPOSES:
        return
    assert not [name for name in (*files, *said.split()) if is_of_bodies(name.strip(".,;:()"))]


def test_what_covers_faces_is_named_in_no_other_room() -> None:
    """The network reaches frames through its seat alone: ingest and the pictures asked with."""
    known = {
        str(path.relative_to(PACKAGE))
        for path in modules()
        if "centerface" in path.read_text("utf-8").lower()
    }
    assert known == {"adapters/coverers/centerface.py", "app/tools.py"}


@pytest.mark.parametrize(
    "name",
    [
        *("face_vectors", "FaceId", "faces_seen", "speaker_embedding", "voiceprint", "gait"),
        *("emotion", "mood", "ethnicity", "race_group", "gender", "person_cluster", "celebrity"),
        *("face_landmarks", "cover_faces_ids", "faces_covered_by_person", "skin_tone"),
    ],
)
def test_the_lint_sees(name: str) -> None:
    assert is_of_bodies(name)


@pytest.mark.parametrize(
    "name", [*ALLOWED, "surface", "interface", "trace", "brace", "traces", "typeface", "words"]
)
def test_the_lint_lets_through(name: str) -> None:
    assert not is_of_bodies(name)


def test_no_exception_outlives_its_reason() -> None:
    package = "\n".join(path.read_text("utf-8") for path in modules())
    manifest_ = (PACKAGE / "weights" / "manifest.toml").read_text("utf-8")
    said = {"_".join(words(n)) for path in modules() for n in (*names(path), path.stem)}
    for name in ALLOWED:
        assert name in said or name in manifest_ or re.search(rf"\b{name}\b", package), name
    assert {b.purpose for b in manifest()} >= PURPOSES
