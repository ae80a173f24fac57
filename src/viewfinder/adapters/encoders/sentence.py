"""Sentence vectors and token vectors of a small BERT, run by ONNX Runtime.

Fits all-MiniLM-L6-v2, gte-small, e5 and bge models exported with the usual three inputs.

References:
    Reimers & Gurevych, *Sentence-BERT*, EMNLP 2019, section 3 (mean pooling).
    https://doi.org/10.18653/v1/D19-1410
    Khattab & Zaharia, *ColBERT*, SIGIR 2020, section 3.2 (token vectors).
    https://doi.org/10.1145/3397271.3401075
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from viewfinder.domain.errors import ConfigError, PluginUnavailable
from viewfinder.domain.provenance import Digest, digest_of
from viewfinder.domain.segment import EmbeddingSpace, Vectors
from viewfinder.ports import Plugin, TokenEncoder


@dataclass(frozen=True, slots=True)
class Config:
    """Which model, and how it is asked.

    Attributes:
        folder: Holds ``model.onnx`` and ``tokenizer.json``.
        digests: SHA-256 of those files; they name the revision of the space.
        name: Name of the space.
        max_tokens: What is beyond is not seen.
        prefix: Put before every text ("query: " for e5); never part of the offsets.
        pooling: "mean" of the tokens, or the first ("cls", for bge).
        threads: Threads of one inference.
    """

    folder: str = ""
    digests: tuple[Digest, ...] = ()
    name: str = "minilm"
    max_tokens: int = 256
    prefix: str = ""
    pooling: Literal["mean", "cls"] = "mean"
    threads: int = 1


_REMEMBERED = 64
"""Texts whose states are kept: one question is read by several parts of a search."""


class SentenceEncoder:
    """One text at a time: a text's vector depends on that text and on nothing else.

    Quantised models scale activations over the whole batch, so in a batch the
    neighbours of a text move its vector. On one thread a batch saves no time either.
    """

    def __init__(self, config: Config) -> None:
        """Open the model.

        Raises:
            PluginUnavailable: A file is missing or is no such model.
            ConfigError: A setting makes no sense.
        """
        if config.max_tokens < 3 or config.threads < 1:
            raise ConfigError(
                f"encoder {config.name!r}: max_tokens must be 3 or more and threads 1 or more,"
                f" not {config.max_tokens} and {config.threads}"
            )
        self._config = config
        self._session = _session(Path(config.folder) / "model.onnx", config.threads)
        self._inputs = frozenset(put.name for put in self._session.get_inputs())
        self._tokenizer = _tokenizer(Path(config.folder) / "tokenizer.json", config.max_tokens)
        self._read = lru_cache(maxsize=_REMEMBERED)(self._read_anew)
        revision = digest_of(repr((config.digests, config.max_tokens, config.prefix)))
        dimensions = int(self._session.get_outputs()[0].shape[-1])
        self._space = EmbeddingSpace(f"{config.name}-{config.pooling}", revision, dimensions)

    @property
    def space(self) -> EmbeddingSpace:
        return self._space

    def encode_text(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text, in order; also for an empty text."""
        rows = np.zeros((len(texts), self._space.dimensions), np.float32)
        for row, text in zip(rows, texts, strict=True):
            _, states = self._read(text)
            row[:] = states[0] if self._config.pooling == "cls" else states.mean(axis=0)
        return Vectors(self._space, _unit(rows))

    def encode_tokens(
        self, texts: Sequence[str]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.int64]]]:
        """Return unit token rows (k, dimensions) and character offsets (k, 2) per text."""
        return [self._token_rows(text) for text in texts]

    def _token_rows(self, text: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        tokens, states = self._read(text)
        offsets = np.asarray(tokens.offsets, np.int64).reshape(-1, 2) - len(self._config.prefix)
        of_text = (np.asarray(tokens.special_tokens_mask) == 0) & (offsets[:, 0] >= 0)
        if not of_text.any():
            return np.zeros((0, self._space.dimensions), np.float32), np.zeros((0, 2), np.int64)
        return _unit(states[of_text]), offsets[of_text]

    def _read_anew(self, text: str) -> tuple[Encoding, NDArray[np.float32]]:
        """Return the tokens of a text and the last layer, shape (tokens, dimensions)."""
        tokens = self._tokenizer.encode(self._config.prefix + text)
        fed = {
            "input_ids": tokens.ids,
            "attention_mask": tokens.attention_mask,
            "token_type_ids": tokens.type_ids,
        }
        feed = {name: np.asarray([ids], np.int64) for name, ids in fed.items()}
        states = self._session.run(None, {n: ids for n, ids in feed.items() if n in self._inputs})
        return tokens, np.asarray(states[0][0], np.float32)


def _session(model: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(str(model), options, ["CPUExecutionProvider"])
    except Exception as error:  # the runtime's own exceptions share no base but this
        raise _unusable(model, error) from error


def _tokenizer(path: Path, max_tokens: int) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception
        raise _unusable(path, error) from error
    tokenizer.no_padding()  # files come with padding and a length of their own
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def _unusable(path: Path, error: Exception) -> PluginUnavailable:
    return PluginUnavailable(
        f"the text encoder cannot use {str(path)!r} ({error});"
        " `viewfinder models` shows what is here, `viewfinder models fetch text-encoder` gets it"
    )


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)


plugin: Plugin[Config, TokenEncoder] = Plugin(Config, SentenceEncoder)
