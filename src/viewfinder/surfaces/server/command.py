"""``viewfinder serve``."""

from __future__ import annotations

import errno
import signal
import socket
import webbrowser
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from viewfinder.app.config import Serve, load
from viewfinder.domain.errors import InputError, PluginUnavailable, UsageError

if TYPE_CHECKING:
    from viewfinder.app.serving.premises import Premises


@click.command(short_help="Serve the web page and the HTTP API.")
@click.option("--host", help="Address to listen on; else `host` under [serve], 127.0.0.1.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen on; else `port` under [serve], 8765. 0 for any that is free.",
)
@click.option("--open", "is_opened", is_flag=True, help="Open the page in a browser.")
@click.pass_obj
def serve(folder: Path, host: str | None, port: int | None, is_opened: bool) -> None:
    """Serve the web page and the HTTP API, until Ctrl-C.

    On 127.0.0.1 nobody has to log in, and nothing else can reach it. On any other address
    everybody has to: `viewfinder accounts add NAME` makes an account.
    """
    try:
        from viewfinder.app.serving.premises import Premises
        from viewfinder.surfaces.server.running import run
    except ImportError as error:
        raise PluginUnavailable(
            f"the server needs {error.name!r}: pip install 'viewfinder[server]'"
        ) from error
    settings = load(folder).serve
    settings = replace(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
    )
    with listening(settings) as heard:
        premises = Premises.open(folder, create=True)
        try:
            somebody_may_come_in(settings, premises)
            address = address_of(settings, heard.getsockname()[1])

            def ready() -> None:
                for line in said(settings, premises, address):
                    click.echo(line)
                if is_opened:
                    webbrowser.open(address)

            signal.signal(signal.SIGTERM, _stopped)
            run(premises, settings, heard, ready)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
        finally:
            premises.close()


def _stopped(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def listening(settings: Serve) -> socket.socket:
    """Return the socket to serve on; before anything else, so that a taken port is told early.

    Raises:
        InputError: The port is taken, or the address is not of this machine.
    """
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family, backlog=512)
    except socket.gaierror as error:
        raise InputError(f"{settings.host!r} is no address of this machine") from error
    except OSError as error:
        where = f"port {settings.port} of {settings.host}"
        if error.errno == errno.EADDRINUSE:
            raise InputError(
                f"{where} is taken, perhaps by another viewfinder; choose one with --port"
            ) from error
        raise InputError(f"cannot listen on {where}: {error.strerror}") from error


def somebody_may_come_in(settings: Serve, premises: Premises) -> None:
    """Do nothing where somebody could log in, or need not.

    Raises:
        UsageError: Everybody has to log in, and there is no account.
    """
    from viewfinder.surfaces.http.places import needs_login

    oidc = settings.oidc
    makes_them = bool(oidc.issuer and oidc.make_accounts)
    if not needs_login(settings) or makes_them or premises.accounts.listed():
        return
    raise UsageError(
        f"on {settings.host} everybody has to log in, and there is no account: make one with "
        "`viewfinder accounts add NAME`, or leave out --host to serve this machine alone"
    )


def address_of(settings: Serve, port: int) -> str:
    """Return the address to open."""
    if settings.origin:
        return f"{settings.origin}/"
    host = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(  # noqa: S104
        settings.host, settings.host
    )
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def said(settings: Serve, premises: Premises, address: str) -> list[str]:
    """Return what is told once the server runs."""
    from viewfinder.surfaces.http.places import is_loopback, needs_login

    count = len(premises.accounts.listed())
    login = (
        f"Everybody has to log in; {count} account{'s' * (count != 1)}."
        if needs_login(settings)
        else "Nobody has to log in; only this machine can reach it."
    )
    lines = [f"viewfinder: {address}", f"  Library: {premises.shared.folder}", f"  {login}"]
    if not is_loopback(settings.host) and not settings.origin.startswith("https"):
        lines.append(
            "  Passwords cross the network as they are: put a proxy with https before it, and "
            "say so as `origin` under [serve]."
        )
    return [*lines, "  Ctrl-C stops it."]
