"""A checkpoint becomes a network without PyTorch, and can run no code on the way."""

from __future__ import annotations

import io
import os
import pickle
import sys
import types
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from numpy.typing import NDArray

from viewfinder.domain.errors import WeightsError
from viewfinder.weights import efficientnet


def old_checkpoint(tensors: dict[str, NDArray[Any]], *, extra: Any = None) -> bytes:
    """Return what ``torch.save`` wrote before 1.6, by means of a stand-in for torch."""
    torch, inner = types.ModuleType("torch"), types.ModuleType("torch._utils")
    storage = type("FloatStorage", (), {"__module__": "torch"})

    def rebuild(*_: Any) -> None: ...

    rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    torch.FloatStorage, inner._rebuild_tensor_v2 = storage, rebuild  # type: ignore[attr-defined]

    class Kept:
        def __init__(self, key: str, count: int) -> None:
            self.key, self.count = key, count

    class Tensor:
        def __init__(self, key: str, value: NDArray[Any]) -> None:
            self.key, self.value = key, value

        def __reduce__(self) -> Any:
            strides = tuple(s // self.value.itemsize for s in self.value.strides)
            kept = Kept(self.key, self.value.size)
            return rebuild, (kept, 0, self.value.shape, strides, False, OrderedDict())

    class Writer(pickle.Pickler):
        def persistent_id(self, thing: Any) -> Any:
            if isinstance(thing, Kept):
                return ("storage", storage, thing.key, "cpu", thing.count, None)
            return None

    file = io.BytesIO()
    for head in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
        pickle.dump(head, file, 2)
    found: dict[str, Any] = OrderedDict((k, Tensor(k, v)) for k, v in tensors.items())
    if extra is not None:
        found["extra"] = extra
    before = {name: sys.modules.get(name) for name in ("torch", "torch._utils")}
    sys.modules.update({"torch": torch, "torch._utils": inner})
    try:
        Writer(file, 2).dump(found)
    finally:
        for name, module in before.items():
            sys.modules.pop(name)
            if module is not None:
                sys.modules[name] = module
    pickle.dump(list(tensors), file, 2)
    for value in tensors.values():
        flat = np.lib.stride_tricks.as_strided(value, (value.size,), (value.itemsize,))
        file.write(value.size.to_bytes(8, "little") + flat.tobytes())
    return file.getvalue()


@pytest.fixture
def tensors() -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(1)
    return {
        "a": rng.normal(size=(2, 3)).astype(np.float32),
        "turned": rng.normal(size=(4, 5)).astype(np.float32).T,
    }


def test_tensors_come_back_as_they_were_also_transposed_ones(
    tmp_path: Path, tensors: dict[str, NDArray[np.float32]]
) -> None:
    path = tmp_path / "old.pth"
    path.write_bytes(old_checkpoint(tensors))
    read = efficientnet.read_checkpoint(path)
    assert set(read) == set(tensors)
    for name, value in tensors.items():
        np.testing.assert_array_equal(read[name], value)


class Evil:
    def __reduce__(self) -> Any:
        return os.mkdir, ("/tmp/viewfinder-was-here",)


def test_a_pickle_that_wants_to_run_code_is_refused_before_it_does(
    tmp_path: Path, tensors: dict[str, NDArray[np.float32]]
) -> None:
    path = tmp_path / "evil.pth"
    path.write_bytes(old_checkpoint(tensors, extra=Evil()))
    with pytest.raises(WeightsError, match="mkdir"):
        efficientnet.read_checkpoint(path)
    assert not Path("/tmp/viewfinder-was-here").exists()


@pytest.mark.parametrize("length", [0, 3, 60, -4])
def test_a_cut_or_foreign_file_is_said_to_be_one(
    tmp_path: Path, tensors: dict[str, NDArray[np.float32]], length: int
) -> None:
    path = tmp_path / "cut.pth"
    path.write_bytes(old_checkpoint(tensors)[:length])
    with pytest.raises(WeightsError, match="fetch it again"):
        efficientnet.read_checkpoint(path)


def test_another_network_is_not_taken_for_this_one(
    tmp_path: Path, tensors: dict[str, NDArray[np.float32]]
) -> None:
    path = tmp_path / "other.pth"
    path.write_bytes(old_checkpoint(tensors))
    with pytest.raises(WeightsError, match="not EfficientNet-Lite2"):
        efficientnet.convert(path, tmp_path / "out")


def test_the_expected_feature_is_the_mean_of_censored_normals() -> None:
    rng = np.random.default_rng(2)
    mean, deviation = rng.normal(0, 2, 6), rng.uniform(0.1, 3, 6)
    found = efficientnet.expected_feature({"_bn1.bias": mean, "_bn1.weight": -deviation})
    drawn = np.clip(rng.normal(mean, deviation, (400_000, 6)), 0, 6).mean(axis=0)
    np.testing.assert_allclose(found, drawn, atol=0.02)


def pictures() -> NDArray[np.float32]:
    y, x, c = np.meshgrid(np.arange(260), np.arange(260), np.arange(3), indexing="ij")
    both = [(y * 3 + x * 5 * (c + 1)) % 256, (y * x // (7 + c) + 40 * c) % 256]
    return ((np.stack(both).astype(np.float32) - 127) / 128).transpose(0, 3, 1, 2).copy()


@pytest.mark.models
def test_the_made_network_gives_what_pytorch_gave(weights: Path) -> None:
    """Golden numbers: torch 2.13, efficientnet_lite_pytorch 0.1.0, the same checkpoint."""
    folder = weights / "efficientnet-lite2"
    session = ort.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    features = session.run(None, {"x": pictures()})[0]
    picked = [
        [1.6931516, 0.0, 0.0260156, 0.1908423, 0.0],
        [2.0557694, 1.6030523, 0.1823694, 0.0, 0.0],
    ]
    np.testing.assert_allclose(features[:, [5, 100, 500, 900, 1200]], picked, atol=1e-4)
    np.testing.assert_allclose(features.sum(axis=1), [217.70264, 225.01038], atol=1e-2)
    with np.load(folder / "classifier.npz") as last:
        scores = features @ last["weight"].T + last["bias"]
    assert scores.argmax(axis=1).tolist() == [854, 851]
    np.testing.assert_allclose(scores.max(axis=1), [6.2966189, 5.1477742], atol=1e-4)
    np.testing.assert_allclose(scores.sum(axis=1), [-89.763458, -92.651176], atol=1e-2)
