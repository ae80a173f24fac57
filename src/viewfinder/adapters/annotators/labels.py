"""Names of what a picture is of, read off features that were made anyway.

No network runs here: the class scores are one matrix product with the last layer of the
classifier whose features come in. The kinds are those of ImageNet; a note is a guess
until its confidence says otherwise.

References:
    Russakovsky et al., *ImageNet Large Scale Visual Recognition Challenge*, IJCV 2015.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.annotation import Annotation, TrackName
from viewfinder.domain.errors import PluginUnavailable
from viewfinder.domain.media import Clip
from viewfinder.domain.provenance import Digest, Tool
from viewfinder.ports import FeatureAnnotator, Plugin

VERSION = "1"
LENGTH = 11.0
"""Usual length of a feature less its mean: features come at length 1, scores need the real one."""

_NEVER_NAMED = frozenset({"abaya"})
"""Clothes that would say what somebody believes: not noted, so never searched (C07)."""


@dataclass(frozen=True, slots=True)
class Config:
    """Where the last layer is, and what is worth a note.

    Attributes:
        folder: Holds ``classifier.npz`` and ``classes.tsv``.
        digests: SHA-256 of the files.
        most: Notes per frame at most.
        floor: Least probability of a note.
    """

    folder: str = ""
    digests: tuple[Digest, ...] = ()
    most: int = 8
    floor: float = 0.04


class LabelAnnotator:
    """Turns features of frames into notes."""

    def __init__(self, config: Config) -> None:
        """Open the last layer.

        Raises:
            PluginUnavailable: A file is missing or is not what it should be.
        """
        self._config = config
        folder = Path(config.folder)
        try:
            with np.load(folder / "classifier.npz") as numbers:
                weight, bias, mean = numbers["weight"], numbers["bias"], numbers["mean"]
            lines = (folder / "classes.tsv").read_text(encoding="utf-8").splitlines()
        except (OSError, KeyError, ValueError) as error:
            raise PluginUnavailable(
                f"the label reader cannot use {config.folder!r} ({error});"
                " `viewfinder models fetch efficientnet-lite2` gets it"
            ) from error
        self._weight = np.asarray(weight * LENGTH, np.float32)
        self._bias = np.asarray(bias + weight @ mean, np.float32)
        self._names = [line.split("\t")[0] for line in lines]
        self._silent = [n for n, name in enumerate(self._names) if name in _NEVER_NAMED]

    @property
    def tool(self) -> Tool:
        return Tool("efficientnet-lite2-labels", VERSION, self._config.digests)

    @property
    def track(self) -> TrackName:
        return TrackName.LABELS

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return class probabilities, shape (..., 1000), of features of shape (..., d)."""
        logits = features @ self._weight.T + self._bias
        raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=-1, keepdims=True), np.float32)

    def annotate_features(
        self, clip: Clip, times_ns: Sequence[int], features: NDArray[np.float32]
    ) -> list[Annotation]:
        """Return notes for frames at ``times_ns``; features have shape (frames, crops, d).

        The confidence of a name is its highest probability in any part of the frame.
        """
        stretches = replace(clip, frame_times_ns=tuple(times_ns)).stretches()
        notes: list[Annotation] = []
        for span, crops in zip(stretches, features, strict=True):
            best = self.probabilities(crops).max(axis=0)
            best[self._silent] = 0.0
            notes += [
                Annotation(span, self._names[n], float(best[n]))
                for n in np.argsort(-best, kind="stable")[: self._config.most]
                if best[n] >= self._config.floor
            ]
        return notes


plugin: Plugin[Config, FeatureAnnotator] = Plugin(Config, LabelAnnotator)
