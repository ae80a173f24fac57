"""``viewfinder mcp``: the library as tools of an assistant on this machine."""

from __future__ import annotations

from pathlib import Path

import click

from viewfinder.domain.errors import PluginUnavailable
from viewfinder.surfaces import opening


@click.command(short_help="Give an assistant on this machine the library as tools.")
@click.pass_context
def mcp(context: click.Context) -> None:
    """Speak the Model Context Protocol on standard input and output.

    The assistant can list, search, ask, read transcripts and see stills, and change
    nothing. It sees what the asker of the command sees (--as, --purpose, --case), and what it
    does is logged as theirs. A server offers the same at /mcp.
    """
    try:
        from viewfinder.surfaces.mcp import tools
    except ImportError as error:
        raise PluginUnavailable(
            f"this needs {error.name!r}: pip install 'viewfinder[mcp]'"
        ) from error
    folder: Path = context.obj
    asker: opening.Asker = context.find_root().meta.get(opening.ASKER, opening.Asker())
    with opening.library(folder) as library:
        tools.server(
            lambda _: library.for_asker(asker.name, purpose=asker.purpose, case=asker.case)
        ).run("stdio")
