"""Who comes in at the door: accounts, sessions and tokens, and what the log says of them.

``roster`` keeps accounts and tokens. Sessions lie in ``sessions.sealed``, under one key; they
are in no backup, so that a restored one logs nobody in again. A session is known by the hash
of a random value that only a browser has. It ends when it is not used for a while, at the
latest after some days, and when its account is removed or gets another password.

In a governed library the person of the account's name has the roles that the register gives
them. In an ungoverned one every account acts as its owner, under its own name in the log.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from viewfinder.app.entry import roster
from viewfinder.app.entry.roster import Account, Need, Roster, Token
from viewfinder.app.entry.throttle import Throttle, network_of
from viewfinder.app.library import Library
from viewfinder.domain.errors import InputError, UsageError, ViewfinderError

SESSIONS = "sessions.sealed"
MOST_DAYS = 366
_KEY = "sessions"
_SAVE_EVERY_S = 300.0
_MOST_VISITS = 1_000
_AGENT_CHARACTERS = 160


class NotKnown(ViewfinderError):
    """Name or password is wrong; nobody is told which."""


class TooOften(ViewfinderError):
    """Somebody tried too often."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"Too many attempts. Try again in {max(1, round(wait_s))} s.")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who came in by a browser.

    Attributes:
        id: Hash of the value that the browser has.
        account: Id of the account; "" for somebody who did not have to log in.
        renewals: Of the account when they logged in; another password ends it.
        made: Seconds since 1970.
        seen: The same, last time.
        purpose: What for, chosen by the person.
        case: Case or story reference.
        agent: What the browser calls itself.
    """

    id: str
    account: str
    renewals: int
    made: float
    seen: float
    purpose: str | None = None
    case: str | None = None
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Who:
    """Who came in.

    Attributes:
        name: Of the account; None for nobody in particular.
        needs: What they may do here at all.
        purpose: What for.
        case: Case or story reference.
        by: Id of the session or token.
    """

    name: str | None
    needs: frozenset[Need]
    purpose: str | None = None
    case: str | None = None
    by: str = ""


class Accounts:
    """Lets people and programs in. For all threads of one server, or for one command."""

    def __init__(self, library: Library, *, clock: Callable[[], float] = time.time) -> None:
        self._library, self._clock = library, clock
        self._serve = library.config.serve
        self._roster = Roster(library.folder, lambda: library.logbook.keyring)
        self._lock = threading.RLock()
        self._sessions: dict[str, Session] | None = None
        self._used: dict[str, float] = {}
        self._saved = 0.0
        often = self._serve.logins_per_minute
        self._by_pair, self._by_place, self._by_name = (
            Throttle(often * times, often * times, clock=clock) for times in (1, 4, 10)
        )

    # -- accounts -------------------------------------------------------------------------

    def listed(self) -> list[Account]:
        """Return all accounts, by name."""
        return sorted(self._roster.read().accounts.values(), key=lambda one: one.name)

    def named(self, name: str) -> Account:
        """Return the account of that name.

        Raises:
            InputError: There is none.
        """
        found = self._roster.read().named(name)
        if found is None:
            raise InputError(f"there is no account {name!r}; `viewfinder accounts list` lists them")
        return found

    def add(self, name: str, password: str | None, by: Library) -> Account:
        """Make an account; without a password it only comes in through a provider.

        Raises:
            InputError: There is one of that name.
            UsageError: Nobody can be called so, or the password is too weak.
        """
        name = roster.checked_name(name)
        kept = roster.hashed(password, name) if password is not None else ""
        made = Account(roster.new_id(), name, self._now(), kept)
        with self._roster.changing() as listed:
            if listed.named(name) is not None:
                raise InputError(f"there is an account {name!r} already")
            by.logbook.write("account", {"did": "add", "account": name})
            listed.accounts[made.id] = made
        return made

    def set_password(self, name: str, password: str, by: Library, *, keep: str = "") -> None:
        """Give an account another password; its sessions end, but for ``keep``.

        Raises:
            InputError: There is no such account.
            UsageError: The password is too weak.
        """
        name = self.named(name).name
        kept = roster.hashed(password, name)
        with self._roster.changing() as listed:
            was = listed.named(name)
            if was is None:
                raise InputError(f"the account {name!r} was removed just now")
            by.logbook.write("account", {"did": "password", "account": name})
            now = listed.accounts[was.id] = roster.renewed(was, password=kept)
        with self._lock:
            held = self._open().get(keep)
            if held is not None and held.account == now.id:
                self._open()[keep] = replace(held, renewals=now.renewals)
                self._save()

    def remove(self, name: str, by: Library) -> None:
        """Remove an account with its tokens and sessions; what it kept stays.

        Raises:
            InputError: There is no such account.
        """
        with self._roster.changing() as listed:
            was = listed.named(name)
            if was is None:
                raise InputError(f"there is no account {name!r}")
            by.logbook.write("account", {"did": "remove", "account": was.name})
            del listed.accounts[was.id]
            for one in [t for t in listed.tokens.values() if t.account == was.id]:
                del listed.tokens[one.id]

    # -- coming in ------------------------------------------------------------------------

    def log_in(self, name: str, password: str, *, address: str, agent: str = "") -> str:
        """Return the value of the cookie of a new session.

        Raises:
            NotKnown: Name or password is wrong.
            TooOften: Wrong too often, by that name or from that address.
        """
        account = self.confirm(name, password, address=address)
        return self._begin(account, "password", agent)

    def confirm(self, name: str, password: str, *, address: str) -> Account:
        """Return the account that a name and a password belong to; raises as ``log_in``."""
        pair = [roster.digest_of(name.casefold()[:200]), network_of(address)]
        kept = (
            (self._by_pair, "\n".join(pair)),
            (self._by_place, pair[1]),
            (self._by_name, pair[0]),
        )
        wait_s = max(throttle.wait_s(key) for throttle, key in kept)
        if wait_s > 0:
            raise TooOften(wait_s)
        account = self._roster.read().named(name)
        if not roster.is_password(password, account.password if account else ""):
            for throttle, key in kept:
                throttle.count(key)
            is_last = max(throttle.wait_s(key) for throttle, key in kept) > 0
            self._failed(account, address, "throttled" if is_last else "")
            raise NotKnown("The name or the password is not right.")
        assert account is not None
        return account

    def vouched(
        self, issuer: str, claims: Mapping[str, object], *, address: str, agent: str = ""
    ) -> str:
        """Return the value of the cookie of a session for whom a provider vouches.

        Args:
            issuer: The provider.
            claims: What it says of the person; its signature was checked.
            address: Where they come from.
            agent: What the browser calls itself.

        Raises:
            NotKnown: They have no account here and get none, or are in no group that may.
        """
        told = self._serve.oidc
        subject, name = f"{issuer} {claims.get('sub', '')}", claims.get(told.name_claim)
        said = claims.get(told.groups_claim)
        groups = {str(one) for one in (said if isinstance(said, list) else [said])}
        listed = self._roster.read()
        known = next((a for a in listed.accounts.values() if a.subject == subject), None)
        if known is None and isinstance(name, str) and name:
            known = listed.named(name)
        if not claims.get("sub") or (told.groups and groups.isdisjoint(told.groups)):
            self._failed(known, address, "provider")
            raise NotKnown("The provider knows you, but you may not come in here.")
        if known is None and told.make_accounts and isinstance(name, str) and name:
            known = self.add(name, None, self._library)
        if known is None or (known.subject and known.subject != subject):
            self._failed(known, address, "provider")
            raise NotKnown("You have no account here. Whoever keeps this library can make one.")
        if not known.subject:
            with self._roster.changing() as changed:
                known = changed.accounts[known.id] = replace(known, subject=subject)
        return self._begin(known, "provider", agent)

    def _begin(self, account: Account, how: str, agent: str) -> str:
        secret = secrets.token_urlsafe(32)
        now = self._clock()
        made = Session(
            roster.digest_of(secret),
            account.id,
            account.renewals,
            now,
            now,
            agent=agent[:_AGENT_CHARACTERS],
        )
        self._library.for_asker(account.name).logbook.write("login", {"by": how})
        with self._lock:
            self._open()[made.id] = made
            self._save()
        return secret

    def _failed(self, account: Account | None, address: str, how: str) -> None:
        """Write that a login failed; a name that nobody has may be a password, so it is not."""
        logbook = self._library.logbook
        said = {"account": account.name if account else "", "how": how}
        logbook.write("login-failed", said, [((logbook.own(),), {"address": address})])

    def session(self, secret: str) -> Who | None:
        """Return who has the cookie of that value; None where it is good for nothing (any more).

        For somebody who did not log in, ``needs`` is empty: where they stand decides.
        """
        with self._lock:
            held = self._open().get(roster.digest_of(secret))
            account = self._account_of(held) if held else None
            if held is None or (held.account and account is None) or self._is_over(held):
                return None
            now = self._clock()
            if now - held.seen > 1:
                self._open()[held.id] = replace(held, seen=now)
            if now - self._saved > _SAVE_EVERY_S:
                self._save()
        needs = frozenset(Need) if account else frozenset()
        return Who(account.name if account else None, needs, held.purpose, held.case, held.id)

    def choose(self, secret: str, purpose: str | None, case: str | None) -> None:
        """Note what somebody asks for from now on; makes a session where there is none."""
        key, now = roster.digest_of(secret), self._clock()
        with self._lock:
            held = self._open().get(key)
            if held is None:
                visits = sorted((s for s in self._open().values() if not s.account), key=_last)
                for old in visits[: max(0, len(visits) - _MOST_VISITS + 1)]:
                    del self._open()[old.id]
                held = Session(key, "", 0, now, now)
            self._open()[key] = replace(held, purpose=purpose or None, case=case or None)
            self._save()

    def log_out(self, secret: str) -> None:
        """End a session; nothing happens where there is none."""
        with self._lock:
            held = self._open().pop(roster.digest_of(secret), None)
            account = self._account_of(held) if held else None
            self._save()
        if account is not None:
            self._library.for_asker(account.name).logbook.write("logout", {})

    def sessions(self, name: str) -> list[Session]:
        """Return the sessions of an account, last used first."""
        account = self.named(name)
        with self._lock:
            own = [s for s in self._open().values() if s.account == account.id]
        return sorted((s for s in own if not self._is_over(s)), key=_last, reverse=True)

    def end_session(self, name: str, session: str) -> None:
        """End one session of an account.

        Raises:
            InputError: It has no such session.
        """
        account = self.named(name)
        with self._lock:
            held = self._open().get(session)
            if held is None or held.account != account.id:
                raise InputError("there is no such session")
            del self._open()[session]
            self._save()
        self._library.for_asker(account.name).logbook.write("logout", {})

    # -- tokens ---------------------------------------------------------------------------

    def make_token(
        self, account: str, name: str, needs: Sequence[Need], days: float, by: Library
    ) -> tuple[Token, str]:
        """Return a new token and what a program has to send; that is shown only now.

        Raises:
            InputError: There is no such account.
            UsageError: It is good for nothing, or for longer than a year.
        """
        if not needs:
            raise UsageError(f"a token needs at least one of {', '.join(Need)}")
        if not 0 < days <= MOST_DAYS:
            raise UsageError(f"a token ends after at most {MOST_DAYS} days")
        name, owner, new = roster.checked_name(name), self.named(account), roster.new_id()
        secret = roster.new_token(new)
        made = Token(
            new,
            name,
            owner.id,
            tuple(need for need in Need if need in needs),
            self._now(),
            self._at(self._clock() + days * 86_400),
            roster.digest_of(secret),
        )
        with self._roster.changing() as listed:
            said = {"did": "make", "token": new, "account": owner.name, "needs": list(made.needs)}
            by.logbook.write("token", {**said, "ends": made.ends})
            listed.tokens[new] = made
        return made, secret

    def token(self, secret: str) -> Who | None:
        """Return who holds a token; None where it is good for nothing (any more)."""
        token_id = secret.removeprefix(roster.TOKEN_PREFIX).partition("_")[0]
        listed = self._roster.read()
        held = listed.tokens.get(token_id)
        digest = held.digest if held else roster.digest_of("")
        is_it = secrets.compare_digest(digest, roster.digest_of(secret))
        account = listed.accounts.get(held.account) if held else None
        if not is_it or held is None or account is None or self._now() >= held.ends:
            return None
        with self._lock:
            self._open()
            self._used[held.id] = self._clock()
            if self._clock() - self._saved > _SAVE_EVERY_S:
                self._save()
        return Who(account.name, frozenset(held.needs), by=held.id)

    def tokens(self, account: str | None = None) -> list[tuple[Token, str, str]]:
        """Return tokens with the name of the account and when they were last used ("" for never).

        Args:
            account: Only of this one.
        """
        listed = self._roster.read()
        with self._lock:
            self._open()
            used = {key: self._at(at) for key, at in self._used.items()}
        wanted = self.named(account).id if account is not None else None
        found = [t for t in listed.tokens.values() if wanted in (None, t.account)]
        return [
            (one, listed.accounts[one.account].name, used.get(one.id, ""))
            for one in sorted(found, key=lambda t: (t.made, t.id))
            if one.account in listed.accounts
        ]

    def revoke(self, token: str, by: Library, *, account: str | None = None) -> None:
        """Make a token good for nothing, for ever.

        Args:
            token: Its id.
            by: As whom the log says it was.
            account: Only if it is this one's.

        Raises:
            InputError: There is no such token.
        """
        with self._roster.changing() as listed:
            held = listed.tokens.get(token)
            owner = listed.accounts.get(held.account) if held else None
            if held is None or (account is not None and (not owner or owner.name != account)):
                raise InputError(f"there is no token {token!r}")
            by.logbook.write("token", {"did": "revoke", "token": held.id})
            del listed.tokens[held.id]

    # -- sessions on the disk -------------------------------------------------------------

    def close(self) -> None:
        """Keep who was here when."""
        with self._lock:
            if self._sessions is not None:
                self._save()

    def _account_of(self, session: Session) -> Account | None:
        account = self._roster.read().accounts.get(session.account)
        return account if account and account.renewals == session.renewals else None

    def _is_over(self, session: Session) -> bool:
        now = self._clock()
        is_idle = now - session.seen >= self._serve.idle_hours * 3600
        return is_idle or now - session.made >= self._serve.session_hours * 3600

    def _open(self) -> dict[str, Session]:
        """Return the sessions, read once; what cannot be read logs nobody in."""
        if self._sessions is None:
            self._sessions = {}
            keyring = self._library.logbook.keyring
            try:
                content = keyring.open((_KEY,), (self._library.folder / SESSIONS).read_bytes())
                kept = json.loads(content or b"{}")
                self._used = dict(kept.get("used", {}))
                self._sessions = {row["id"]: Session(**row) for row in kept.get("sessions", ())}
            except FileNotFoundError:
                pass
            except (ValueError, TypeError, KeyError, OSError):
                self._sessions = {}
        return self._sessions

    def _save(self) -> None:
        listed = self._roster.read()
        live = {s.id: s for s in self._open().values() if not self._is_over(s)}
        live = {key: s for key, s in live.items() if not s.account or self._account_of(s)}
        self._sessions, self._saved = live, self._clock()
        used = {key: at for key, at in self._used.items() if key in listed.tokens}
        value = {"sessions": [asdict(one) for one in live.values()], "used": used}
        sealed = self._library.logbook.keyring.seal((_KEY,), json.dumps(value).encode())
        path = self._library.folder / SESSIONS
        fresh = path.with_name(f".{SESSIONS}.{os.getpid()}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(sealed)
        fresh.replace(path)

    def _now(self) -> str:
        return self._at(self._clock())

    @staticmethod
    def _at(seconds: float) -> str:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _last(session: Session) -> float:
    return session.seen
