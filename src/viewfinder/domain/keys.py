"""Names of what has a key of its own: to destroy the key is to forget what it names."""

from __future__ import annotations

from viewfinder.domain.media import VideoId

JOBS_FOLDER = "spool/jobs"
"""In a library's folder: jobs that add footage, sealed."""
FACTS = "facts"
"""What keepers laid down that is about no single video."""


def of_video(video: VideoId | str, renewals: int = 0) -> str:
    """Return the name of a video's key.

    Args:
        video: Which.
        renewals: How often its key was renewed, since parts of it were forgotten.
    """
    return f"video:{video}#{renewals + 1}" if renewals else f"video:{video}"


def of_slip(root: str) -> str:
    """Return the name of the key of a slip, and of all that hangs on it."""
    return f"slip:{root}"


def of_job(job: str, epoch: int = 0) -> str:
    """Return the name of the key of a job that adds footage: it holds names of files.

    Args:
        job: Which.
        epoch: How often its key went with footage that was forgotten.
    """
    return f"job:{job}#{epoch + 1}" if epoch else f"job:{job}"


def of_conversation(conversation: str) -> str:
    return f"conversation:{conversation}"
