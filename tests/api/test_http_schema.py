"""The HTTP API is what its OpenAPI document says: one document, held to by every reply."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from small_server import Served

from viewfinder.surfaces.api.reference import TAGS
from viewfinder.testing.settings import LIGHT

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks" / "server"))

from schema import explored, served as schema_served  # type: ignore[import-not-found]  # noqa: E402, I001

EXAMPLES, SEED = 2, 20261120


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, way, said) for path, ways in document["paths"].items() for way, said in ways.items()
    ]


def test_no_reply_breaks_or_is_one_that_the_document_does_not_name() -> None:
    with schema_served(LIGHT) as base:
        told = explored(base, examples=EXAMPLES, drawn=SEED)
    assert told.faults == {}
    assert len(told.requests) > 100
    broken = {key: n for key, n in told.statuses.items() if key[1] >= 500}
    assert broken == {}


def test_every_operation_has_a_name_a_summary_and_a_tag(served: Served) -> None:
    document = served.client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    found = operations(document)
    names = [said["operationId"] for _, _, said in found]
    assert len(names) == len(set(names))
    known = {name for name, _ in TAGS}
    for path, way, said in found:
        assert re.fullmatch("[a-z]+(_[a-z]+)*", said["operationId"]), path
        assert said["summary"], (path, way)
        assert set(said["tags"]) <= known, (path, way)
        assert {"401", "403", "422", "429", "503"} <= set(said["responses"]), (path, way)


def test_every_document_that_is_taken_or_given_has_an_example(served: Served) -> None:
    document = served.client.get("/openapi.json").json()
    shapes = document["components"]["schemas"]
    bare = set()
    for path, way, said in operations(document):
        bodies = [said.get("requestBody", {}), *said["responses"].values()]
        for content in (body.get("content", {}).get("application/json") for body in bodies):
            name = (content or {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
            if name and not shapes[name].keys() & {"example", "examples"}:
                bare.add(f"{way} {path}: {name}")
    assert bare == set()


def test_the_examples_fit_their_shapes() -> None:
    import inspect

    from pydantic import BaseModel

    import viewfinder.surfaces.shapes.footage
    import viewfinder.surfaces.shapes.kept
    import viewfinder.surfaces.shapes.papers
    import viewfinder.surfaces.shapes.questions
    import viewfinder.surfaces.shapes.rules
    import viewfinder.surfaces.shapes.said
    import viewfinder.surfaces.shapes.work

    shapes = viewfinder.surfaces.shapes
    rooms = (
        shapes.footage,
        shapes.kept,
        shapes.papers,
        shapes.questions,
        shapes.rules,
        shapes.said,
        shapes.work,
    )
    tried = 0
    for room in rooms:
        for _, shape in inspect.getmembers(room, inspect.isclass):
            if issubclass(shape, BaseModel) and shape is not BaseModel:
                extra = shape.model_config.get("json_schema_extra")
                assert isinstance(extra, dict), shape
                shape.model_validate(extra["example"])
                tried += 1
    assert tried > 80


def test_the_page_that_explains_it_needs_nothing_from_elsewhere(served: Served) -> None:
    page = served.client.get(served.url.replace("/v1", "/docs"))
    assert page.status_code == 200
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert named.pop(0) == "data:,"
    assert len(named) == 3
    assert all(name.startswith("/api/docs/") for name in named)
    root = served.url.removesuffix("/api/v1")
    for name in named:
        got = served.client.get(root + name)
        assert got.status_code == 200
        assert len(got.content) > 50
    assert "<script>" not in page.text
