"""Names of what has a key of its own: to destroy the key is to forget what it names."""

from __future__ import annotations

from viewfinder.domain.media import VideoId

FACTS = "facts"
"""What keepers laid down that is about no single video."""


def of_video(video: VideoId | str) -> str:
    return f"video:{video}"


def of_conversation(conversation: str) -> str:
    return f"conversation:{conversation}"
