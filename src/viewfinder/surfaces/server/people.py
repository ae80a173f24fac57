"""``viewfinder accounts`` and ``viewfinder tokens``: who, and which programs, a server lets in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from viewfinder.app.entry.roster import Need
from viewfinder.app.library import Library
from viewfinder.app.serving.accounts import MOST_DAYS, Accounts
from viewfinder.domain.errors import UsageError
from viewfinder.surfaces import documents, opening, render
from viewfinder.surfaces.opening import json_option


@click.group(short_help="Who may log in to the server.")
def accounts() -> None:
    """Who may log in to the server (`viewfinder serve`).

    In a library with rules, what they may do there is said by people.toml, by the same name;
    in any other, every account acts as its owner.
    """


@contextmanager
def _desk(folder: Path, *, create: bool = False) -> Iterator[tuple[Accounts, Library]]:
    with opening.library(folder, create=create) as library:
        library.enter("configure")
        desk = Accounts(library)
        yield desk, library


def _password() -> str:
    """Return a password typed twice, or the first line of what is piped in."""
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise UsageError("no password: type it when asked, or pipe it in as one line")
    return line


@accounts.command("add")
@click.argument("name")
@click.option(
    "--no-password", is_flag=True, help="They come in through the provider of [serve.oidc] alone."
)
@click.pass_obj
def add_account(folder: Path, name: str, no_password: bool) -> None:
    """Make an account; the password is asked for, or read from a pipe."""
    with _desk(folder, create=True) as (desk, library):
        made = desk.add(name, None if no_password else _password(), library)
        click.echo(render.harmless(f"{made.name} may log in now."))


@accounts.command("list")
@json_option
@click.pass_obj
def list_accounts(folder: Path, as_json: bool) -> int:
    """List the accounts."""
    with _desk(folder) as (desk, _):
        found = desk.listed()
    if as_json:
        rows = [{"name": a.name, "made": a.made, "has_password": bool(a.password)} for a in found]
        click.echo(documents.dumps(rows))
    for one in () if as_json else found:
        ways = [*(["password"] if one.password else []), *(["provider"] if one.subject else [])]
        how = " and ".join(ways) or "provider, not yet"
        click.echo(render.harmless(f"{one.name}: since {one.made[:10]}, by {how}"))
    return 0 if found else 1


@accounts.command("password")
@click.argument("name")
@click.pass_obj
def password(folder: Path, name: str) -> None:
    """Give an account another password; whoever is logged in with it is logged out."""
    with _desk(folder) as (desk, library):
        desk.named(name)
        desk.set_password(name, _password(), library)
        click.echo(render.harmless(f"The password of {name} is changed."))


@accounts.command("remove")
@click.argument("name")
@click.pass_obj
def remove_account(folder: Path, name: str) -> None:
    """Remove an account with its tokens; what it kept in the library stays."""
    with _desk(folder) as (desk, library):
        desk.remove(name, library)
        click.echo(render.harmless(f"{name} cannot log in any more."))


@click.group(short_help="What programs come in to the server with.")
def tokens() -> None:
    """What programs come in to the server with (`Authorization: Bearer TOKEN`)."""


@tokens.command("add")
@click.argument("name")
@click.option(
    "--need",
    "needs",
    multiple=True,
    required=True,
    type=click.Choice([need.value for need in Need]),
    help="What it is good for; may be given more than once.",
)
@click.option(
    "--days",
    default=30.0,
    show_default=True,
    type=click.FloatRange(0, MOST_DAYS, min_open=True),
    help="For how long.",
)
@click.option("--account", metavar="NAME", help="Whose it is; needed where there are several.")
@click.pass_obj
def add_token(
    folder: Path, name: str, needs: tuple[str, ...], days: float, account: str | None
) -> None:
    """Make a token called NAME, and print it, this once."""
    with _desk(folder) as (desk, library):
        known = [one.name for one in desk.listed()]
        if account is None and len(known) != 1:
            advice = f"one of {', '.join(known)}" if known else "`viewfinder accounts add NAME`"
            raise UsageError(f"whose is it? Name an account with --account: {advice}")
        owner = account or known[0]
        made, secret = desk.make_token(owner, name, [Need(need) for need in needs], days, library)
    click.echo(secret)
    told = f"good for {', '.join(made.needs)} until {made.ends[:10]}; it is not shown again"
    click.echo(render.harmless(f"Token {made.id} of {owner}: {told}."), err=True)


@tokens.command("list")
@json_option
@click.pass_obj
def list_tokens(folder: Path, as_json: bool) -> int:
    """List the tokens: whose they are, what they are good for, when they were last used."""
    with _desk(folder) as (desk, _):
        found = desk.tokens()
    rows = [
        {
            "id": token.id,
            "name": token.name,
            "account": owner,
            "needs": list(token.needs),
            "made": token.made,
            "ends": token.ends,
            "used": used or None,
        }
        for token, owner, used in found
    ]
    if as_json:
        click.echo(documents.dumps(rows))
    for token, owner, used in () if as_json else found:
        last = f"last used {used[:10]}" if used else "never used"
        good = f"{', '.join(token.needs)} until {token.ends[:10]}"
        click.echo(render.harmless(f"{token.id}  {token.name}, of {owner}: {good}; {last}"))
    return 0 if found else 1


@tokens.command("revoke")
@click.argument("token_id", metavar="ID")
@click.pass_obj
def revoke_token(folder: Path, token_id: str) -> None:
    """Make a token good for nothing, for ever."""
    with _desk(folder) as (desk, library):
        desk.revoke(token_id, library)
        click.echo(render.harmless(f"Token {token_id} is revoked."))
