"""Search and answers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from viewfinder.surfaces import documents
from viewfinder.surfaces.http.identity import Need, Seat, needs

router = APIRouter(prefix="/api/v1", tags=["asking"], dependencies=[Depends(needs(Need.READ))])


class Question(BaseModel):
    """A question in words."""

    question: Annotated[str, Field(min_length=1, max_length=2000)]


@router.post("/ask")
def ask(asked: Question, library: Seat) -> dict[str, Any]:
    """Return an answer, an abstention or a refusal."""
    paths = {video.id: video.path for video in library.videos()}
    return documents.ask(library.ask(asked.question), paths)
