"""The HTTP API, ``/api/v1``: a module for each kind of thing."""

from __future__ import annotations

from fastapi import APIRouter

from viewfinder.surfaces.api import asking

ROUTERS: tuple[APIRouter, ...] = (asking.router,)
