"""``viewfinder serve``."""

from __future__ import annotations

from pathlib import Path

import click

from viewfinder.app.serving.premises import Premises
from viewfinder.domain.errors import PluginUnavailable


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535))
@click.pass_obj
def serve(folder: Path, host: str, port: int) -> None:
    """Serve the web page and the HTTP API."""
    try:
        import uvicorn

        from viewfinder.surfaces.server.factory import create_app
    except ImportError as error:
        raise PluginUnavailable(
            f"the server needs {error.name!r}: pip install 'viewfinder[server]'"
        ) from error
    premises = Premises.open(folder, create=True)
    try:
        click.echo(f"viewfinder: http://{host}:{port}/ (Ctrl-C ends it)")
        uvicorn.run(create_app(premises), host=host, port=port, log_level="warning")
    finally:
        premises.close()
