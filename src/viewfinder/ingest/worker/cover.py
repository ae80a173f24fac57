"""Faces are covered in here, so that no uncovered frame ever leaves the worker."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewfinder.ingest.worker.keep import Cover


def opened(covering: dict[str, Any] | None) -> Cover | None:
    """Return what covers faces as the job says; None where it says nothing.

    The plug-in is named by the job, as its weights are: this room knows no model. Whatever
    it raises ends the decode; a frame that could not be covered is not kept.
    """
    if covering is None:
        return None
    plugin = import_module(covering["module"]).plugin
    given = {**covering["settings"], "digests": tuple(covering["settings"].get("digests", ()))}
    coverer = plugin.build(plugin.config(**given))

    def cover(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        shown = coverer.cover(np.ascontiguousarray(pixels[:, :, ::-1])).image
        return np.ascontiguousarray(shown[:, :, ::-1])

    return cover
