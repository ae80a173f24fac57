"""How the server does: ``/healthz``, ``/readyz``, ``/metrics``, and traces where they are set up.

None of it holds an id, a name or a word of a question: what is counted is the pattern of a
route, and traces are rid of addresses before they leave.

References:
    OpenTelemetry, *Semantic conventions for HTTP spans*. https://opentelemetry.io/docs/specs/semconv/http/
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from viewfinder.app.serving.premises import Premises
from viewfinder.app.tasks import health
from viewfinder.domain.errors import ViewfinderError
from viewfinder.surfaces.http.identity import Need, needs, serving
from viewfinder.surfaces.http.problems import Stopped

_log = logging.getLogger("viewfinder.server")
router = APIRouter(tags=["server"])
SPARE_BYTES = 500_000_000
_KEEP_S = {"store": 2.0, "disk": 2.0, "models": 60.0}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SAID_OF_SPANS = ("http.url", "http.target", "url.full", "url.path", "url.query", "http.user_agent")


class Checks:
    """What must hold for the server to do its work; looked at anew every few seconds."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self._known: dict[str, tuple[float, str]] = {}
        self._lock = threading.Lock()

    def states(self) -> dict[str, str]:
        """Return "ok" or what is wrong, by what was looked at."""
        look: dict[str, Callable[[], str]] = {
            "store": self._store,
            "disk": self._disk,
            "models": self._models,
        }
        with self._lock:
            for name, find in look.items():
                at, _ = self._known.get(name, (-1e9, ""))
                if time.monotonic() - at > _KEEP_S[name]:
                    self._known[name] = time.monotonic(), find()
            return {name: state for name, (_, state) in self._known.items()}

    def _store(self) -> str:
        try:
            self._premises.shared.view().logbook.signed()
            self._premises.accounts.listed()
        except (ViewfinderError, OSError):
            _log.exception("the library cannot be read")
            return "cannot be read"
        return "ok"

    def _disk(self) -> str:
        try:
            free = shutil.disk_usage(self._premises.shared.folder).free
        except OSError:
            return "cannot be read"
        return "ok" if free > SPARE_BYTES else "full"

    def _models(self) -> str:
        rows = health.models()
        wrong = [row["name"] for row in rows if row["default"] and row["state"] != "present"]
        return f"missing: {', '.join(wrong)}" if wrong else "ok"


class Meter:
    """Counts requests by the pattern of their route."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        labels = ["method", "route", "status"]
        self._count = Counter("viewfinder_requests", "Requests.", labels, registry=registry)
        self._time = Histogram(
            "viewfinder_request_seconds",
            "Until the whole answer was sent.",
            ["method", "route"],
            registry=registry,
            buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
        )
        self._now = Gauge("viewfinder_requests_now", "Requests under way.", registry=registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def out(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._now.inc()
        try:
            await self._app(scope, receive, out)
        finally:
            self._now.dec()
            method = scope["method"] if scope["method"] in _METHODS else "other"
            route = str(getattr(scope.get("route"), "path", "") or "none")
            self._count.labels(method, route, str(status)).inc()
            self._time.labels(method, route).observe(time.perf_counter() - began)


def join(app: FastAPI, premises: Premises) -> None:
    """Give an app its checks and counters."""
    app.state.checks = Checks(premises)
    app.state.registry = CollectorRegistry()
    ProcessCollector(registry=app.state.registry)
    app.include_router(router)


@router.get("/healthz", operation_id="lives", summary="Whether the server lives")
def lives() -> dict[str, str]:
    """It does, where this is answered."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    operation_id="is_ready",
    summary="Whether the server can do its work",
    responses={503: {"description": "It cannot: the library cannot be read, or the disk is full."}},
)
def is_ready(request: Request) -> Response:
    """Missing models are named; without them the server still answers from words."""
    checks: Checks = request.app.state.checks
    states = checks.states()
    good = states["store"] == states["disk"] == "ok"
    said = {"status": "ready" if good else "not ready", "checks": states}
    return JSONResponse(said, 200 if good else 503)


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Counters, for Prometheus",
    dependencies=[Depends(needs(Need.ADMIN))],
    response_class=Response,
)
def metrics(request: Request) -> Response:
    """How many requests there were, and how long they took."""
    if not serving(request).metrics:
        raise Stopped(404, "Not Found", "Metrics are switched off here.")
    return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)


def trace(app: FastAPI) -> bool:
    """Send traces where ``OTEL_TRACES_EXPORTER`` says, if what that takes is installed.

    Returns:
        Whether traces are sent.
    """
    name = os.environ.get("OTEL_TRACES_EXPORTER", "")
    if not name or name == "none" or os.environ.get("OTEL_SDK_DISABLED") == "true":
        return False
    try:
        sdk = import_module("opentelemetry.sdk.trace")
        sending = import_module("opentelemetry.sdk.trace.export")
        instrumentation = import_module("opentelemetry.instrumentation.fastapi")
        (found,) = entry_points(group="opentelemetry_traces_exporter", name=name)
        exporter = found.load()()
    except (ImportError, ValueError) as error:
        _log.warning("no traces are sent (%s): pip install 'viewfinder[traces]'", error)
        return False
    provider = sdk.TracerProvider()
    provider.add_span_processor(sending.BatchSpanProcessor(exporter))
    instrumentation.FastAPIInstrumentor.instrument_app(
        app,
        tracer_provider=provider,
        server_request_hook=_without_addresses,
        excluded_urls="healthz,readyz,metrics,static",
    )
    return True


def _without_addresses(span: Any, scope: Any) -> None:
    """Overwrite what would tell ids and questions."""
    for name in _SAID_OF_SPANS:
        span.set_attribute(name, "")
