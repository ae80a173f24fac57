"""The pages of those who keep a library, ``/govern/...``: a module for each part of the rules.

Each asks the engine as the command of the same name does; what policy refuses becomes a
notice on the page that was asked from.
"""

from __future__ import annotations

from fastapi import APIRouter

from viewfinder.surfaces.keepers import (
    access,
    consent,
    forgetting,
    log,
    papers,
    profile,
    staying,
    two,
)

ROUTERS: tuple[APIRouter, ...] = (
    access.router,
    consent.router,
    staying.router,
    forgetting.router,
    two.router,
    profile.router,
    log.router,
    papers.router,
)
