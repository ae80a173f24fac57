"""The library as tools of an assistant, over the Model Context Protocol.

References:
    *Model Context Protocol*, specification. https://modelcontextprotocol.io/specification
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI


def join(app: FastAPI) -> None:
    """Serve the tools at ``/mcp``, where the protocol's package is here."""
    try:
        from viewfinder.surfaces.mcp import mounted
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        return
    mounted.join(app)
