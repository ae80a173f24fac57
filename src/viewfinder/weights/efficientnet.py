"""EfficientNet-Lite2 as ONNX, made from its PyTorch checkpoint without PyTorch.

The checkpoint is a stack of pickles followed by raw numbers. A pickle can run code, so
this reader knows four harmless names and refuses all others. Batch normalisation is
folded into the convolutions, the network ends at the pooled feature, and the last layer
is kept beside it as numbers: labels and word prototypes are computed from those.

References:
    Tan & Le, *EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks*,
    ICML 2019; the Lite variants drop squeeze-and-excitation and use ReLU6.
    Jacob et al., *Quantization and Training of Neural Networks*, CVPR 2018, section 3.2
    (folding of batch normalisation).
"""

from __future__ import annotations

import io
import math
import pickle
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import IO, Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from viewfinder.domain.errors import WeightsError

Tensors = Mapping[str, NDArray[Any]]

_MAGIC = 0x1950A86A20F9469CFC6C
_STORAGES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
_NORM_EPS = 1e-3  # as trained; PyTorch's own default is 1e-5
_OPSET = 17
_IR_VERSION = 8

# (repeats, kernel, stride) per stage: EfficientNet-B0 with depth x 1.2, except that the
# Lite variants keep one block in the first and the last stage. Widths come from the weights.
_STAGES = ((1, 3, 1), (3, 3, 2), (3, 5, 2), (4, 3, 2), (4, 5, 1), (5, 5, 2), (1, 3, 1))


@dataclass(frozen=True, slots=True)
class _Storage:
    key: str
    dtype: np.dtype[Any]
    count: int


@dataclass(frozen=True, slots=True)
class _View:
    """A tensor as the pickle describes it, before its numbers are read."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _rebuild(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any
) -> _View:
    return _View(storage, offset, tuple(shape), tuple(strides))


class _Reader(pickle.Unpickler):
    """Unpickles tensors and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        raise WeightsError(
            f"this checkpoint wants to load {module}.{name}: only tensors are read; "
            "get the file again from where the manifest names it"
        )

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _location, count, _view = pid
        if kind != "storage":
            raise WeightsError(f"unknown record {kind!r} in the checkpoint: only tensors are read")
        return _Storage(str(key), dtype, int(count))


def read_checkpoint(path: Path) -> dict[str, NDArray[Any]]:
    """Return the tensors of a PyTorch checkpoint (layout before 1.6), by name.

    Raises:
        WeightsError: It is not such a file, is cut short, or holds more than tensors.
    """
    source = io.BytesIO(path.read_bytes())
    try:
        return _tensors(source)
    except WeightsError:
        raise
    except Exception as error:  # a pickle can fail in any way; all mean the same here
        raise WeightsError(
            f"{path.name!r} is not a readable checkpoint ({error}): fetch it again"
        ) from error


def _tensors(source: IO[bytes]) -> dict[str, NDArray[Any]]:
    magic, _protocol, _system = (_Reader(source).load() for _ in range(3))
    if magic != _MAGIC:
        raise WeightsError("the checkpoint has another layout than expected: fetch it again")
    views: Mapping[str, Any] = _Reader(source).load()
    keys = [str(key) for key in _Reader(source).load()]
    known = {v.storage.key: v.storage for v in views.values() if isinstance(v, _View)}
    numbers: dict[str, NDArray[Any]] = {}
    for key in keys:
        storage = known[key]
        count = int.from_bytes(source.read(8), "little")
        raw = source.read(count * storage.dtype.itemsize)
        if count != storage.count or len(raw) != count * storage.dtype.itemsize:
            raise WeightsError("the checkpoint is cut short: fetch it again")
        numbers[key] = np.frombuffer(raw, storage.dtype)
    return {name: _placed(view, numbers) for name, view in views.items() if isinstance(view, _View)}


def _placed(view: _View, numbers: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """Return the numbers in the shape of the view, which may lie transposed in its storage."""
    flat = numbers[view.storage.key]
    steps = list(zip(view.shape, view.strides, strict=True))
    last = view.offset + sum((size - 1) * step for size, step in steps)
    if min(view.offset, *(step for _, step in steps), 0) < 0 or last >= flat.size:
        raise WeightsError("the checkpoint holds a tensor outside its numbers: fetch it again")
    strides = [step * flat.itemsize for step in view.strides]
    return np.lib.stride_tricks.as_strided(
        flat[view.offset :], view.shape, strides, writeable=False
    ).copy()


@dataclass(slots=True)
class _Graph:
    """Nodes and numbers gathered while the network is walked once."""

    tensors: Tensors
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **settings: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **settings))
        return output

    def convolved(
        self, x: str, name: str, norm: str, *, stride: int = 1, grouped: bool = False
    ) -> str:
        """Append a convolution with its normalisation folded in."""
        weight = self.tensors[f"{name}.weight"].astype(np.float64)
        mean, variance, gain, shift = (
            self.tensors[f"{norm}.{part}"].astype(np.float64)
            for part in ("running_mean", "running_var", "weight", "bias")
        )
        scale = gain / np.sqrt(variance + _NORM_EPS)
        folded = (weight * scale[:, None, None, None]).astype(np.float32)
        bias = (shift - mean * scale).astype(np.float32)
        return self.node(
            "Conv",
            [x, self.constant(f"{name}.w", folded), self.constant(f"{name}.b", bias)],
            f"{name}.out",
            auto_pad="SAME_UPPER",
            strides=[stride, stride],
            group=folded.shape[0] if grouped else 1,
            kernel_shape=list(folded.shape[2:]),
        )

    def clipped(self, x: str) -> str:
        return self.node("Clip", [x, "zero", "six"], f"{x}.relu6")

    def block(self, x: str, at: str, stride: int) -> str:
        """Append one inverted residual block."""
        inside = x
        if f"{at}._expand_conv.weight" in self.tensors:
            inside = self.clipped(self.convolved(x, f"{at}._expand_conv", f"{at}._bn0"))
        deep = f"{at}._depthwise_conv"
        inside = self.clipped(
            self.convolved(inside, deep, f"{at}._bn1", stride=stride, grouped=True)
        )
        projected = self.convolved(inside, f"{at}._project_conv", f"{at}._bn2")
        first = self.tensors.get(f"{at}._expand_conv.weight", self.tensors[f"{deep}.weight"])
        channels_in = (
            first.shape[1] if f"{at}._expand_conv.weight" in self.tensors else first.shape[0]
        )
        if stride == 1 and channels_in == self.tensors[f"{at}._project_conv.weight"].shape[0]:
            return self.node("Add", [projected, x], f"{at}.sum")
        return projected


def graph_of(tensors: Tensors) -> onnx.ModelProto:
    """Return the network as ONNX: ``x`` (n, 3, 260, 260) to ``f`` (n, 1280).

    The input is RGB, ``(value - 127) / 128``.
    """
    graph = _Graph(tensors)
    graph.constant("zero", np.array(0.0, np.float32))
    graph.constant("six", np.array(6.0, np.float32))
    x = graph.clipped(graph.convolved("x", "_conv_stem", "_bn0", stride=2))
    number = 0
    for repeats, _kernel, stride in _STAGES:
        for repeat in range(repeats):
            x = graph.block(x, f"_blocks.{number}", stride if repeat == 0 else 1)
            number += 1
    x = graph.clipped(graph.convolved(x, "_conv_head", "_bn1"))
    pooled = graph.node("GlobalAveragePool", [x], "pooled")
    graph.node("Flatten", [pooled], "f", axis=1)
    width = int(tensors["_conv_head.weight"].shape[0])
    made = helper.make_graph(
        graph.nodes,
        "efficientnet-lite2",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 260, 260])],
        [helper.make_tensor_value_info("f", TensorProto.FLOAT, ["n", width])],
        graph.constants,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", _OPSET)])
    model.ir_version = _IR_VERSION
    model.producer_name = "viewfinder"
    return model


def expected_feature(tensors: Tensors) -> NDArray[np.float32]:
    """Return the mean feature over the training pictures, read off the weights.

    Normalisation leaves channel k of the last activation with mean ``bias[k]`` and
    deviation ``|weight[k]|`` over the pictures the network was trained on. Taken as
    normal, its mean after ReLU6 has a closed form, so no picture is needed.

    References:
        Ioffe & Szegedy, *Batch Normalization*, ICML 2015, section 3.
        Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 1, 1994,
        section 10.1 (mean of a censored normal).
    """
    mean = tensors["_bn1.bias"].astype(np.float64)
    deviation = np.maximum(np.abs(tensors["_bn1.weight"].astype(np.float64)), 1e-9)
    low, high = -mean / deviation, (6.0 - mean) / deviation
    below = np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in low])
    under = np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in high])
    density = (np.exp(-(low**2) / 2) - np.exp(-(high**2) / 2)) / math.sqrt(2 * math.pi)
    expected = mean * (under - below) + deviation * density + 6.0 * (1 - under)
    return np.asarray(expected, np.float32)


def convert(pth: Path, folder: Path) -> tuple[Path, Path, Path]:
    """Write ``model.onnx``, ``classifier.npz`` and ``classes.tsv`` into ``folder``.

    The same checkpoint gives the same bytes. ``classifier.npz`` holds the last layer,
    ``weight`` (1000, 1280) and ``bias`` (1000,), and the expected feature ``mean``
    (1280,), all float32: ``logits = f @ weight.T + bias``. ``classes.tsv`` holds one line
    per class: readable name, all its names, definition (from WordNet).

    Returns:
        The paths, in this order.

    Raises:
        WeightsError: The checkpoint is not the one this code knows.
    """
    tensors = read_checkpoint(pth)
    try:
        model = graph_of(tensors)
        numbers = {
            "weight": tensors["_fc.weight"],
            "bias": tensors["_fc.bias"],
            "mean": expected_feature(tensors),
        }
    except (KeyError, ValueError) as error:
        raise WeightsError(f"{pth.name!r} is not EfficientNet-Lite2: {error} is missing") from error
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "model.onnx", folder / "classifier.npz", folder / "classes.tsv"
    paths[0].write_bytes(model.SerializeToString(deterministic=True))
    with paths[1].open("wb") as file:
        np.savez(file, weight=numbers["weight"], bias=numbers["bias"], mean=numbers["mean"])
    names = resources.files("viewfinder.weights").joinpath("imagenet.tsv")
    paths[2].write_bytes(names.read_bytes())
    return paths
