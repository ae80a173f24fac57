"""Every algorithm names its source."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "viewfinder"

# Modules that hold a method somebody else published; every model is one.
METHODS = sorted(
    {
        *(PACKAGE / "adapters" / "annotators").glob("[a-z]*.py"),
        *(PACKAGE / "adapters" / "encoders").glob("[a-z]*.py"),
        *(
            PACKAGE / name
            for name in (
                "adapters/stores/sqlite/lexicon.py",
                "adapters/stores/sqlite/vectors.py",
                "ingest/shots.py",
                "retrieval/fuse.py",
                "retrieval/seeing/picture.py",
                "retrieval/rerank.py",
                "retrieval/seeing/wordnet.py",
                "weights/efficientnet.py",
            )
        ),
    }
)


@pytest.mark.parametrize("path", METHODS, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_method_cites_where_it_comes_from(path: Path) -> None:
    _, _, cited = path.read_text("utf-8").partition("References:\n")
    first = cited.partition('"""')[0]
    assert re.search(r"https?://|\b(?:19|20)\d\d\b", first), "no author, title, year or address"
