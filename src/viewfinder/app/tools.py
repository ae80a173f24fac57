"""Builds the plug-ins a library uses, each on first need and once per process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any, TypeVar, overload

import numpy as np
from PIL import Image, ImageOps

from viewfinder.app import plugins
from viewfinder.app.config import Model, Recognisers
from viewfinder.domain.errors import InputError, PluginUnavailable, WeightsError
from viewfinder.domain.provenance import Tool
from viewfinder.domain.segment import EmbeddingSpace, Vectors
from viewfinder.ingest.decode import Covering
from viewfinder.ingest.pipeline import IndexTools, PictureTools
from viewfinder.ports import (
    Annotator,
    Covered,
    Coverer,
    JointEncoder,
    LanguageModel,
    TextEncoder,
    TokenEncoder,
)
from viewfinder.retrieval.seeing.look import Look
from viewfinder.retrieval.seeing.picture import Readers, readers
from viewfinder.weights import folder as weights_folder

WEIGHTS_OF = {
    "whisper": "whisper-base",
    "moonshine": "moonshine-tiny",
    "rapidocr": "rapidocr",
    "efficientnet": "efficientnet-lite2",
    "labels": "efficientnet-lite2",
    "objects": "ssd-mobilenet-v3",
    "prototypes": "efficientnet-lite2",
    "sentence": "text-encoder",
    "universal": "use-multilingual",
    "siglip2": "siglip2",
    "centerface": "faces",
}
"""Which bundle of the manifest feeds which plug-in; others need no weights."""
COVERER = "centerface"

T = TypeVar("T")
_TURN = threading.RLock()
"""Held while something is opened, so that threads that need it at once open it once."""


class opened(cached_property[T]):  # noqa: N801 - a decorator, and named like one
    """A part that is opened on first need, by one thread."""

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> opened[T]: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> T: ...
    def __get__(self, instance: object | None, owner: type[Any] | None = None) -> opened[T] | T:
        if instance is None:
            return self
        with _TURN:
            if self.attrname in instance.__dict__:
                found: T = instance.__dict__[self.attrname]
                return found
            return super().__get__(instance, owner)


@dataclass(frozen=True)
class Toolbox:
    """What the configuration names. Members raise ``PluginUnavailable`` when they can't be."""

    names: Recognisers

    @opened
    def speech(self) -> Annotator:
        made: Annotator = _built("annotators", self.names.speech)
        return made

    @opened
    def screen_text(self) -> Annotator:
        made: Annotator = _built("annotators", self.names.screen_text)
        return made

    @opened
    def picture(self) -> PictureTools:
        return PictureTools(
            _built("encoders", self.names.picture),
            _built("annotators", "labels"),
            (_built("annotators", "objects"), _built("annotators", "look")),
        )

    @opened
    def joint(self) -> JointEncoder | None:
        """Encoder of pictures and words in one space; None where no weights are at hand."""
        return _present(partial(_built, "encoders", self.names.joint))

    @property
    def needed_joint(self) -> JointEncoder:
        if self.joint is None:
            raise PluginUnavailable(f"no weights for {self.names.joint!r}; see `viewfinder models`")
        return self.joint

    @opened
    def words(self) -> TokenEncoder:
        made: TokenEncoder = _built("encoders", self.names.text)
        return made

    @opened
    def multilingual(self) -> TextEncoder | None:
        return _present(partial(_built, "encoders", self.names.multilingual))

    @opened
    def look(self) -> Look | None:
        """Finds by the look of the picture; None where the label lane has no weights."""
        english, foreign = self._readers(self.words), self._readers(self.multilingual)
        if not (english.prototypes or foreign.prototypes):
            return None
        both = Readers(english.prototypes + foreign.prototypes, english.captions + foreign.captions)
        return Look(english=both, foreign=foreign, joint=self.joint)

    @opened
    def coverer(self) -> Coverer:
        """Covers faces.

        Raises:
            PluginUnavailable: Its weights are not here.
        """
        made: Coverer = _built("coverers", COVERER)
        return made

    @opened
    def covering(self) -> Covering:
        """What the process that decodes is told, so that it covers faces; raises as above."""
        weights = weights_folder.get(WEIGHTS_OF[COVERER])
        tool = self.coverer.tool
        return Covering(
            f"viewfinder.adapters.coverers.{COVERER}",
            " ".join((tool.name, tool.version, *tool.weights)),
            {"folder": str(weights.path), "digests": weights.digests},
        )

    def covered(self, path: str) -> Covered:
        """Return a picture file with its faces covered.

        Raises:
            InputError: Not there, or not a picture.
            PluginUnavailable: Nothing here can cover faces.
        """
        try:
            with Image.open(path) as opened:
                pixels = np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise InputError(f"{path!r} is no picture that can be read: {error}") from error
        return self.coverer.cover(pixels)

    def look_at(self, path: str) -> Vectors:
        """Return the vector of a picture file, in the best space of pictures there is.

        Faces in it are covered before it is encoded; where nothing can cover them it is not.

        Raises:
            InputError: Not there, or not a picture.
            PluginUnavailable: Nothing here can cover faces.
        """
        encoder = self.joint or self.picture.encoder
        return encoder.encode_images([self.covered(path).image])

    def _readers(self, encoder: TextEncoder | None) -> Readers:
        if encoder is None:
            return Readers((), ())
        fits = str(weights_folder.cache_folder() / "fitted")
        made = _present(partial(_built, "encoders", "prototypes", text=(encoder,), cache=fits))
        return readers([] if made is None else [made], [encoder])

    def index_tools(self, stages: Iterable[str]) -> IndexTools:
        """Return what the index is made with, for a video that went through ``stages``."""
        spaces: dict[str, EmbeddingSpace] = {}
        if "picture" in stages:
            spaces["picture"] = self.picture.encoder.space
        if "joint" in stages:
            spaces["joint"] = self.needed_joint.space
        meanings = () if self.multilingual is None else (self.multilingual,)
        return IndexTools(self.words, meanings, spaces)

    def stage_tools(self, stage: str) -> tuple[Tool, ...]:
        """Return what does the work of a stage.

        Raises:
            PluginUnavailable: The stage is switched off, or weights or a library are missing.
        """
        if stage == "speech":
            return (self.speech.tool,)
        if stage == "screen_text":
            return (self.screen_text.tool,)
        if stage == "joint":
            return (self.needed_joint.tool,)
        return self.picture.tools


@lru_cache(maxsize=4)
def toolbox(names: Recognisers) -> Toolbox:
    """Return this process's tools for these names."""
    return Toolbox(names)


def language_model(names: Model) -> LanguageModel | None:
    """Return this process's language model; None where none is configured. Sends nothing.

    Raises:
        PluginUnavailable: A library or weights are missing; says how to get them.
        ConfigError: A setting makes no sense.
    """
    with _TURN:
        return _language_model(names)


@lru_cache(maxsize=2)
def _language_model(names: Model) -> LanguageModel | None:
    if not names.name:
        return None
    settings: dict[str, Any] = {}
    if names.name == "gguf":
        weights = weights_folder.get(names.weights)
        settings = {
            "folder": str(weights.path),
            "digests": weights.digests,
            "name": names.weights,
            "threads": names.threads,
            "context_tokens": names.context_tokens,
        }
    elif names.name == "openai":
        settings = {
            "base_url": names.base_url,
            "model": names.model,
            "key_env": names.key_env,
            "key_file": names.key_file,
            "context_tokens": names.context_tokens,
        }
    made: LanguageModel = plugins.build("models", names.name, **settings)
    return made


def _built(seat: str, name: str, **settings: Any) -> Any:
    if not name:
        raise PluginUnavailable(f"no {seat[:-1]} is configured")
    bundle = WEIGHTS_OF.get(name)
    if bundle is not None:
        weights = weights_folder.get(bundle)
        settings = {"folder": weights.path, "digests": weights.digests, **settings}
    return plugins.build(seat, name, **settings)


def _present(build: Callable[[], Any]) -> Any | None:
    try:
        return build()
    except (PluginUnavailable, WeightsError):
        return None
