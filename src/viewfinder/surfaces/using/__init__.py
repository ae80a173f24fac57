"""Commands of whoever uses a library: what they keep, put right, and say of answers."""

from __future__ import annotations

import click

from viewfinder.surfaces.using import collect, correct, judge, saved, similar


def join(group: click.Group) -> None:
    """Add the commands to the main group."""
    group.add_command(collect.collect)
    group.add_command(saved.saved)
    group.add_command(correct.correct)
    group.add_command(judge.judge)
    group.add_command(similar.similar)
