"""Commands that take footage, pictures, sheets and timelines out of a library."""

from __future__ import annotations

import click

from viewfinder.surfaces.exporting import cutting, sheets, timelines


def join(group: click.Group) -> None:
    """Add the commands to the main group."""
    group.add_command(cutting.clip)
    group.add_command(cutting.still)
    group.add_command(sheets.sheet)
    group.add_command(sheets.cite)
    group.add_command(timelines.timeline)
