"""Frames of libav turned into arrays: a tiny one of each, an upright one of those kept."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

SMALL_WIDTH_PX, SMALL_HEIGHT_PX = 160, 90
_PLANAR = {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"}
_MAX_STRETCH = 16
_SAME_ASPECT = 0.02  # what encoders round to

cv2.setNumThreads(1)


@dataclass(frozen=True, slots=True)
class Shape:
    """How a player shows a stream's frames: stretched, then turned.

    Attributes:
        width_px: Upright width.
        turn: Clockwise turn in degrees: 0, 90, 180 or 270.
    """

    width_px: int
    height_px: int
    turn: int


def shape_of(frame: Any, stream: Any) -> Shape:
    """Return how this frame is shown: pixel shape first, then its display matrix."""
    width, height = frame.width, frame.height
    aspect = stream.sample_aspect_ratio or Fraction(1)
    if 1 / _MAX_STRETCH <= aspect <= _MAX_STRETCH and abs(aspect - 1) > _SAME_ASPECT:
        # Stretch the short side, so that no line is lost.
        if aspect > 1:
            width = round(width * aspect)
        else:
            height = round(height / aspect)
    turn = round(-frame.rotation / 90) * 90 % 360  # libav counts counterclockwise
    if turn in (90, 270):
        width, height = height, width
    return Shape(width, height, turn)


def small(frame: Any) -> NDArray[np.uint8]:
    """Return Y, U, V at 90 x 160 as uint8, shape (90, 160, 3); neither turned nor stretched.

    Of tall frames only every n-th line is read: a twentieth of the cost of decoding them.
    """
    if frame.format.name in _PLANAR:
        planes = [_plane(plane) for plane in frame.planes[:3]]
    else:
        little = frame.reformat(
            SMALL_WIDTH_PX, SMALL_HEIGHT_PX, "yuv444p", interpolation="FAST_BILINEAR"
        )
        planes = [_plane(plane) for plane in little.planes[:3]]
    size = (SMALL_WIDTH_PX, SMALL_HEIGHT_PX)
    merged: NDArray[np.uint8] = cv2.merge([_shrunk(p, size) for p in planes])
    return merged


def _shrunk(plane: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    step = max(1, plane.shape[0] // (3 * size[1]))
    shrunk: NDArray[np.uint8] = cv2.resize(plane[::step], size, interpolation=cv2.INTER_AREA)
    return shrunk


def _plane(plane: Any) -> NDArray[np.uint8]:
    whole = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return whole[: plane.height, : plane.width]


def upright(frame: Any, shape: Shape, side_px: int) -> NDArray[np.uint8]:
    """Return the frame as shown, BGR uint8, its longest side at most ``side_px``."""
    scale = min(1.0, side_px / max(shape.width_px, shape.height_px))
    width = max(1, round(shape.width_px * scale))
    height = max(1, round(shape.height_px * scale))
    if shape.turn in (90, 270):
        width, height = height, width
    pixels = frame.reformat(width, height, "bgr24", interpolation="BICUBIC").to_ndarray()
    turned: NDArray[np.uint8] = np.ascontiguousarray(np.rot90(pixels, -shape.turn // 90))
    return turned


def encode(pixels: NDArray[np.uint8], kind: str, quality: int) -> bytes:
    """Return BGR pixels as a JPEG (``.jpg``) or WebP (``.webp``) file's bytes."""
    flag = cv2.IMWRITE_JPEG_QUALITY if kind == ".jpg" else cv2.IMWRITE_WEBP_QUALITY
    ok, encoded = cv2.imencode(kind, pixels, [flag, quality])
    if not ok:
        raise ValueError(f"a frame of {pixels.shape[1]} x {pixels.shape[0]} cannot be kept")
    return encoded.tobytes()


def fitted(pixels: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    """Return the picture shrunk so that its longest side is at most ``side_px``."""
    scale = side_px / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    shrunk: NDArray[np.uint8] = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return shrunk
