"""Any words as a direction in the feature space of a picture classifier.

The last layer of a classifier is one direction per class, and classes have names. A
kernel ridge from the text vectors of the names to those directions gives a direction for
words the classifier never learnt: rough, but open.

References:
    Romera-Paredes & Torr, *An embarrassingly simple approach to zero-shot learning*,
    ICML 2015, section 3 (kernel form). https://proceedings.mlr.press/v37/romera-paredes15
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.errors import PluginUnavailable
from viewfinder.domain.provenance import Digest, digest_of
from viewfinder.domain.segment import EmbeddingSpace, Vectors
from viewfinder.ports import LandmarkEncoder, Plugin, TextEncoder

VERSION = "2"
_SPACE = "efficientnet-lite2"
_NAMES_PER_CLASS = 3
_RIDGE = 0.3
_GAMMA = 2.0
_REMEMBERED = 32
"""Texts whose rows are kept: one question is read by several parts of a search."""


@dataclass(frozen=True, slots=True)
class Config:
    """Which classifier, and who reads the words.

    Attributes:
        text: Encoders of words; the first one is used (one prototype encoder per text
            encoder, so that retrieval can weigh them).
        folder: Holds ``classifier.npz`` and ``classes.tsv`` of the classifier.
        digests: SHA-256 of the classifier's files, the same as its picture encoder gets:
            they name the revision of the common space.
        cache: Folder to keep the fitted numbers in; empty fits them anew at each start
            (a few seconds).
    """

    text: tuple[TextEncoder, ...] = ()
    folder: str = ""
    digests: tuple[Digest, ...] = ()
    cache: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """Anchors in text space, and what each contributes in picture space."""

    centre: NDArray[np.float32]  # (text dimensions,)
    anchors: NDArray[np.float32]  # (n, text dimensions), unit rows
    pull: NDArray[np.float32]  # (n, picture dimensions)
    landmarks: NDArray[np.float32]  # (classes, picture dimensions), unit rows


class WordPrototypes:
    """A text encoder whose space is that of the pictures."""

    def __init__(self, config: Config) -> None:
        """Read the classifier, and fit or load the map.

        Raises:
            PluginUnavailable: There is no text encoder, or a file is missing or wrong.
        """
        if not config.text:
            raise PluginUnavailable("word prototypes need a text encoder: none is set up")
        self._text = config.text[0]
        key = digest_of(repr((VERSION, config.digests, self._text.space, _RIDGE, _GAMMA)))
        kept = Path(config.cache) / f"prototypes-{key[:16]}.npz" if config.cache else None
        fit = _loaded(kept) if kept else None
        if fit is None:
            weight, phrases = _classifier(Path(config.folder))
            fit = _fitted(self._text, weight, phrases)
            if kept:
                _keep(kept, fit)
        self._fit = fit
        self._known: dict[str, NDArray[np.float32]] = {}
        self._space = EmbeddingSpace(_SPACE, digest_of(repr(config.digests)), fit.pull.shape[1])

    @property
    def space(self) -> EmbeddingSpace:
        return self._space

    @property
    def landmarks(self) -> NDArray[np.float32]:
        """Unit rows where the classes lie that the classifier learnt."""
        return self._fit.landmarks

    def encode_text(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text, in order: where pictures of it should lie."""
        if not texts:
            return Vectors(self._space, np.zeros((0, self._space.dimensions), np.float32))
        known = self._known  # never changed in place: threads may share this encoder
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            read = _unit(self._text.encode_text(new).rows - self._fit.centre)
            rows = _unit(_kernel(read, self._fit.anchors) @ self._fit.pull)
            fresh = dict(zip(new, rows, strict=True))
            known = {**known, **fresh}
            self._known = known if len(known) <= _REMEMBERED else fresh
        return Vectors(self._space, np.stack([known[text] for text in texts]))


def _classifier(folder: Path) -> tuple[NDArray[np.float32], list[tuple[int, str]]]:
    """Return the last layer, and (class, phrase) pairs that name the classes."""
    try:
        with np.load(folder / "classifier.npz") as numbers:
            weight = np.asarray(numbers["weight"], np.float32)
        lines = (folder / "classes.tsv").read_text(encoding="utf-8").splitlines()
        rows = [line.split("\t") for line in lines]
        phrases = [
            (n, phrase)
            for n, (_, names, definition) in enumerate(rows)
            for phrase in [*names.split(", ")[:_NAMES_PER_CLASS], definition]
        ]
    except (OSError, KeyError, ValueError) as error:
        raise PluginUnavailable(
            f"word prototypes cannot use {str(folder)!r} ({error});"
            " `viewfinder models fetch efficientnet-lite2` gets it"
        ) from error
    return weight, phrases


def _fitted(
    text: TextEncoder, weight: NDArray[np.float32], phrases: Sequence[tuple[int, str]]
) -> _Fit:
    read = text.encode_text([phrase for _, phrase in phrases]).rows
    centre = read.mean(axis=0)
    anchors = _unit(read - centre)
    landmarks = _unit(weight - weight.mean(axis=0))
    targets = landmarks[[n for n, _ in phrases]]
    kernel = _kernel(anchors, anchors).astype(np.float64)
    kernel[np.diag_indices_from(kernel)] += _RIDGE
    pull = np.linalg.solve(kernel, targets.astype(np.float64)).astype(np.float32)
    return _Fit(centre, anchors, pull, landmarks)


def _kernel(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the Gaussian kernel of unit rows."""
    return np.asarray(np.exp(-_GAMMA * (2 - 2 * a @ b.T)), np.float32)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), np.float32)


_KEPT = ("centre", "anchors", "pull", "landmarks")


def _loaded(path: Path) -> _Fit | None:
    """Return what was kept; None where there is nothing, or nothing whole."""
    try:
        with path.open("rb") as file, np.load(file) as kept:
            return _Fit(*(np.asarray(kept[name], np.float32) for name in _KEPT))
    except Exception:  # a cut or foreign file fails in many ways; it is only a cache
        return None


def _keep(path: Path, fit: _Fit) -> None:
    """Write the fit beside the weights; a full or read-only disk costs only time."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez(
                    file,
                    centre=fit.centre,
                    anchors=fit.anchors.astype(np.float16),
                    pull=fit.pull.astype(np.float16),
                    landmarks=fit.landmarks.astype(np.float16),
                )
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)


plugin: Plugin[Config, LandmarkEncoder] = Plugin(Config, WordPrototypes)
