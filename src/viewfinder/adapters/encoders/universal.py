"""Sentence vectors across 16 languages: Universal Sentence Encoder multilingual, in numpy.

A sum of word-piece features (each seen with its neighbours by three small convolutions)
and a feed-forward head: no attention, so about a millisecond a text on one core. Weights
are stored at 6 bit for the pieces and float32 for the rest.

References:
    Yang et al., *Multilingual Universal Sentence Encoder for Semantic Retrieval*,
    ACL 2020 demos, section 3 (the CNN variant). https://doi.org/10.18653/v1/2020.acl-demos.12
    Kudo, *Subword Regularization*, ACL 2018, section 3.2 (unigram pieces).
    https://doi.org/10.18653/v1/P18-1007
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import Unigram

from viewfinder.domain.errors import PluginUnavailable
from viewfinder.domain.provenance import Digest, digest_of
from viewfinder.domain.segment import EmbeddingSpace, Vectors
from viewfinder.ports import Plugin, TextEncoder

Array = NDArray[np.float32]

_DIMENSIONS = 512
_UNKNOWN, _BEGIN, _END = 0, 1, 2
_BLOCKS = 17  # piece i is row i // 17 of block i % 17, each with its own scale
_REMEMBERED = 256  # texts: one question is read by several parts of a search, names by many
_WINDOWS = ((2, 0), (3, 1), (5, 2))  # (pieces, of these before the centre) per convolution


@dataclass(frozen=True, slots=True)
class Config:
    """Attributes:
    folder: Holds ``weights.npz`` and ``sp.model``.
    digests: SHA-256 of those files; they name the revision of the space.
    max_tokens: Pieces beyond are not seen.
    """

    folder: str = ""
    digests: tuple[Digest, ...] = ()
    max_tokens: int = 256


class UniversalEncoder:
    """Sixteen languages in one space: Arabic, Chinese (two scripts), Dutch, English, French,
    German, Italian, Japanese, Korean, Polish, Portuguese, Russian, Spanish, Thai, Turkish.
    """

    def __init__(self, config: Config) -> None:
        """Open the model.

        Raises:
            PluginUnavailable: A file is missing or is not the model this code knows.
        """
        folder = Path(config.folder)
        try:
            self._tokenizer = _tokenizer((folder / "sp.model").read_bytes())
            self._weights = _read(folder / "weights.npz")
        except Exception as error:  # a damaged file breaks its readers in many ways
            raise PluginUnavailable(
                f"the multilingual encoder cannot use {config.folder!r} ({error});"
                " `viewfinder models fetch use-multilingual` gets what it needs"
            ) from error
        self._max_tokens = config.max_tokens
        self._read = lru_cache(maxsize=_REMEMBERED)(self._read_anew)
        revision = digest_of(repr((config.digests, config.max_tokens)))
        self._space = EmbeddingSpace("use-multilingual", revision, _DIMENSIONS)

    @property
    def space(self) -> EmbeddingSpace:
        return self._space

    def encode_text(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text, in order; also for an empty text."""
        rows = np.zeros((len(texts), _DIMENSIONS), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[:] = self._read(text)
        return Vectors(self._space, rows)

    def _read_anew(self, text: str) -> Array:
        return _sentence(self._weights, self._pieces(text))

    def _pieces(self, text: str) -> NDArray[np.int64]:
        ids = self._tokenizer.encode(text).ids[: self._max_tokens]
        return np.array([_BEGIN, *ids, _END], np.int64)


def _sentence(weights: Mapping[str, Any], pieces: NDArray[np.int64]) -> Array:
    """Return the unit vector of one sequence of pieces."""
    block = pieces % _BLOCKS
    embedded = weights["pieces"][pieces] * weights["scale"][block, None]
    embedded = (embedded + weights["lo"][block, None]).astype(np.float32)
    features = [embedded, *(_convolved(weights, embedded, *window) for window in _WINDOWS)]
    seen = _normed(weights, "", np.concatenate(features, axis=1))
    total = seen.sum(axis=0) @ weights["cnn_W"] + len(pieces) * weights["cnn_b"]
    return _head(weights, total / np.sqrt(np.float32(len(pieces))))


def _convolved(weights: Mapping[str, Any], embedded: Array, size: int, before: int) -> Array:
    """Return each piece as its neighbourhood shows it, shape (pieces, 256)."""
    x = np.asarray(embedded @ weights[f"proj{size}"] + weights[f"proj_b{size}"], np.float32)
    x = _normed(weights, str(size), x)
    for layer in ("1", "2"):
        seen = _windows(x, size, before) @ weights[f"w{layer}_{size}"]
        x += np.maximum(seen + weights[f"b{layer}_{size}"], 0)
    return x


def _windows(x: Array, size: int, before: int) -> Array:
    """Return rows side by side with their neighbours, zeros past either end."""
    padded = np.pad(x, ((before, size - 1 - before), (0, 0)))
    return np.concatenate([padded[i : i + len(x)] for i in range(size)], axis=1)


def _normed(weights: Mapping[str, Any], name: str, x: Array) -> Array:
    """Layer normalisation (Ba et al. 2016, equation 4)."""
    centred = x - x.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=1, keepdims=True) + weights["eps"])
    return np.asarray(centred / spread * weights[f"ln_g{name}"] + weights[f"ln_b{name}"])


def _head(weights: Mapping[str, Any], x: Array) -> Array:
    first = np.maximum(x @ weights["d0"], 0)
    second = np.maximum(x @ weights["p1"] + first @ weights["d1"], 0)
    third = np.maximum(second @ weights["d2"], 0)
    y = np.tanh(second @ weights["p3"] + third @ weights["d3"])
    return np.asarray(y / max(float(np.linalg.norm(y)), 1e-9), np.float32)


def _read(path: Path) -> dict[str, Any]:
    """Return the tensors by name; the pieces stay at one byte a number (65 MB)."""
    with np.load(path, allow_pickle=False) as file:
        weights = {name: file[name] for name in file.files if not name.startswith("q")}
        rows = len(file["q1"])
        pieces = np.empty((_BLOCKS * rows, _DIMENSIONS), np.uint8)
        for block in range(_BLOCKS):
            pieces[block::_BLOCKS] = file[f"q{block + 1}"]
    weights["pieces"] = pieces
    weights["eps"] = np.float32(weights["eps"])
    return weights


def _tokenizer(model: bytes) -> Tokenizer:
    """Return the unigram tokenizer that a SentencePiece model file describes."""
    pieces: list[tuple[str, float]] = []
    charsmap = b""
    for field, value in _fields(model):
        if field == 1:
            piece = dict(_fields(value))
            pieces.append((piece[1].decode(), struct.unpack("<f", piece.get(2, bytes(4)))[0]))
        elif field == 3:
            charsmap = dict(_fields(value)).get(2, b"")
    tokenizer = Tokenizer(Unigram(pieces, _UNKNOWN, False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(charsmap),
            normalizers.Strip(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    return tokenizer


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and bytes of every field of a protocol buffer; of varints, nothing.

    References:
        https://protobuf.dev/programming-guides/encoding/
    """
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        wire = tag & 7
        if wire == 0:
            _, at = _varint(message, at)
            continue
        if wire == 2:
            size, at = _varint(message, at)
        else:
            size = {1: 8, 5: 4}[wire]
        yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


plugin: Plugin[Config, TextEncoder] = Plugin(Config, UniversalEncoder)
