"""Pictures and words in one space: SigLIP 2, MobileCLIP 2 and their kin, as ONNX.

Reads what exporters of such models write: two towers, a tokenizer, and the settings of the
picture's preparation. Nothing of it is fetched by default; see ``viewfinder models``.

References:
    Tschannen et al., *SigLIP 2*, 2025. https://arxiv.org/abs/2502.14786
    Faghri et al., *MobileCLIP2*, TMLR 2025. https://arxiv.org/abs/2508.20691
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from PIL import Image
from tokenizers import Tokenizer

from viewfinder.domain.errors import ConfigError, PluginUnavailable
from viewfinder.domain.provenance import Digest, Tool, digest_of
from viewfinder.domain.segment import EmbeddingSpace, Vectors
from viewfinder.ports import JointEncoder, Plugin

VERSION = "1"
_PICTURE_OUTPUTS = ("image_embeds", "pooler_output", "image_features")
_TEXT_OUTPUTS = ("text_embeds", "pooler_output", "text_features")
_DTYPES = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}


@dataclass(frozen=True, slots=True)
class Config:
    """Which model.

    Attributes:
        folder: Holds ``vision_model.onnx``, ``text_model.onnx``, ``tokenizer.json`` and
            ``preprocessor_config.json``.
        digests: SHA-256 of those files; they name the revision of the space.
        name: Name of the space.
        text_length: Tokens that texts are padded or cut to, where the text tower does not
            say it itself: 64 for SigLIP 2, 77 for CLIP.
        lowercase: Lower the case of texts first, as SigLIP 2 was trained.
        threads: Threads of one inference.
    """

    folder: str = ""
    digests: tuple[Digest, ...] = ()
    name: str = "siglip2"
    text_length: int = 64
    lowercase: bool = True
    threads: int = 1


@dataclass(frozen=True, slots=True)
class _Preparation:
    """How a picture becomes numbers.

    Attributes:
        size: (height, width) to squeeze to, or the length of the shortest side.
        crop: (height, width) cut from the middle afterwards; None for none.
        resample: Pillow's number of the filter.
        scale: Factor on values of 0 to 255.
        mean: Taken off each channel; ``deviation`` divides it.
    """

    size: tuple[int, int] | int
    crop: tuple[int, int] | None
    resample: Image.Resampling
    scale: float
    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> _Preparation:
        """Return what a ``preprocessor_config.json`` says.

        Raises:
            KeyError: It does not name the size.
        """
        size = settings["size"]
        cut = settings.get("crop_size") if settings.get("do_center_crop") else None
        normal = settings.get("do_normalize", True)
        shortest = size.get("shortest_edge") if isinstance(size, dict) else size
        return cls(
            int(shortest) if shortest else (int(size["height"]), int(size["width"])),
            _pair(cut) if cut else None,
            Image.Resampling(settings.get("resample", Image.Resampling.BICUBIC)),
            settings.get("rescale_factor", 1 / 255) if settings.get("do_rescale", True) else 1.0,
            np.array(settings["image_mean"] if normal else [0, 0, 0], np.float32),
            np.array(settings["image_std"] if normal else [1, 1, 1], np.float32),
        )

    def prepared(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return one RGB image as the tower wants it: (3, height, width)."""
        image = Image.fromarray(pixels)
        if isinstance(self.size, int):
            factor = self.size / min(image.size)
            wide, tall = (max(1, round(side * factor)) for side in image.size)
        else:
            tall, wide = self.size
        image = image.resize((wide, tall), self.resample)
        if self.crop:
            height, width = self.crop
            left, top = (image.width - width) // 2, (image.height - height) // 2
            image = image.crop((left, top, left + width, top + height))
        values = np.asarray(image, np.float32) * np.float32(self.scale)
        return ((values - self.mean) / self.deviation).transpose(2, 0, 1)


def _pair(size: Any) -> tuple[int, int]:
    return (int(size["height"]), int(size["width"])) if isinstance(size, dict) else (size, size)


class JointTowers:
    """Encodes pictures with one tower and texts with the other, one at a time."""

    def __init__(self, config: Config) -> None:
        """Open both towers.

        Raises:
            ConfigError: A number is not possible.
            PluginUnavailable: A file is missing or is no such model.
        """
        if config.text_length < 2 or config.threads < 1:
            raise ConfigError(
                f"encoder {config.name!r}: text_length must be 2 or more and threads 1 or more,"
                f" not {config.text_length} and {config.threads}"
            )
        self._config = config
        folder = Path(config.folder)
        try:
            self._vision = _session(folder / "vision_model.onnx", config.threads)
            self._text = _session(folder / "text_model.onnx", config.threads)
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            settings = json.loads((folder / "preprocessor_config.json").read_text("utf-8"))
            self._preparation = _Preparation.of(settings)
            self._vision_output = _output(self._vision, _PICTURE_OUTPUTS)
            self._text_output = _output(self._text, _TEXT_OUTPUTS)
        except Exception as error:  # runtime and tokenizer share no base class but this
            raise PluginUnavailable(
                f"the joint encoder cannot use {config.folder!r} ({error});"
                " `viewfinder models` says which files it needs and where they are from"
            ) from error
        own = self._text.get_inputs()[0].shape[1]
        _pad(self._tokenizer, own if isinstance(own, int) else config.text_length)
        width = self._texts([""]).shape[1]
        revision = digest_of(repr((config.digests, config.text_length, config.lowercase)))
        self._space = EmbeddingSpace(config.name, revision, width)

    @property
    def space(self) -> EmbeddingSpace:
        return self._space

    @property
    def tool(self) -> Tool:
        return Tool(self._config.name, VERSION, self._config.digests)

    def crops(self, image: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
        """Return the whole frame: such a model sees its parts by itself."""
        return [image]

    def encode_images(self, images: Sequence[NDArray[np.uint8]]) -> Vectors:
        """Return float32 unit rows, one per upright RGB image, in order."""
        rows = np.zeros((len(images), self._space.dimensions), np.float32)
        name = self._vision.get_inputs()[0].name
        for row, image in zip(rows, images, strict=True):
            fed = {name: self._preparation.prepared(image)[None]}
            row[:] = self._vision.run([self._vision_output], fed)[0][0]
        return Vectors(self._space, _unit(rows))

    def encode_text(self, texts: Sequence[str]) -> Vectors:
        """Return float32 unit rows, one per text, in order."""
        if not texts:
            return Vectors(self._space, np.zeros((0, self._space.dimensions), np.float32))
        return Vectors(self._space, _unit(self._texts(texts)))

    def _texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows: list[NDArray[np.float32]] = []
        for text in texts:
            read = self._tokenizer.encode(text.lower() if self._config.lowercase else text)
            known = {"input_ids": read.ids, "attention_mask": read.attention_mask}
            fed = {
                put.name: np.asarray([known[put.name]], _DTYPES[put.type])
                for put in self._text.get_inputs()
            }
            rows.append(np.asarray(self._text.run([self._text_output], fed)[0][0], np.float32))
        return np.stack(rows)


def _session(model: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return ort.InferenceSession(str(model), options, ["CPUExecutionProvider"])


def _output(session: ort.InferenceSession, names: Sequence[str]) -> str:
    """Return the name of the output with one vector per input."""
    outputs = {put.name: put.shape for put in session.get_outputs()}
    for name in names:
        if name in outputs:
            return name
    flat = [name for name, shape in outputs.items() if len(shape) == 2]
    if len(flat) != 1:
        raise ValueError(f"none of its outputs {sorted(outputs)} is known")
    return str(flat[0])


def _pad(tokenizer: Tokenizer, length: int) -> None:
    """Make every text ``length`` tokens long, on the side and with the token of the file."""
    own = tokenizer.padding or {}
    token = own.get("pad_token", "<pad>")
    number = own.get("pad_id", tokenizer.token_to_id(token) or 0)
    tokenizer.enable_truncation(length)
    tokenizer.enable_padding(
        direction=own.get("direction", "right"), pad_id=number, pad_token=token, length=length
    )


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)


plugin: Plugin[Config, JointEncoder] = Plugin(Config, JointTowers)
