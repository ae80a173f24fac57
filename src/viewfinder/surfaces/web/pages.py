"""Fills templates: every page is made here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"

_made = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return the page made from the template ``name``."""
    text = _made.get_template(name).render(request=request, **values)
    return HTMLResponse(text, status)
