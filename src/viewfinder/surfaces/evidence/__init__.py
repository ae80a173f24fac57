"""Commands for those who have to show something: facts, checks of originals, certificates."""

from __future__ import annotations

import click

from viewfinder.surfaces.evidence import chain, counts, facts, papers
from viewfinder.surfaces.governing import log


def join(group: click.Group) -> None:
    """Add the commands to the main group."""
    group.add_command(chain.evidence)
    group.add_command(facts.facts)
    log.log.add_command(counts.counts)
    group.add_command(papers.documents)
