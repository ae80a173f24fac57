"""Promises of the door: who gets in, for how long, and that a copy lets nobody back in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from viewfinder.app.entry import roster
from viewfinder.app.entry.roster import Need
from viewfinder.app.entry.throttle import Throttle, network_of
from viewfinder.app.library import Library
from viewfinder.app.serving.accounts import SESSIONS, Accounts, NotKnown, TooOften
from viewfinder.domain.errors import InputError, StoreError, UsageError

PASSWORD = "four words and a lamp"
OTHER = "another lamp, other words"


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "lib", create=True) as library:
        yield library


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(library: Library, clock: Clock) -> Accounts:
    made = Accounts(library, clock=clock)
    made.add("Ana", PASSWORD, library)
    return made


def lines(library: Library, action: str) -> list[dict[str, object]]:
    return [line.document["subject"] for line in library.logbook.lines(action=action)]


def test_the_right_password_begins_a_session(accounts: Accounts, library: Library) -> None:
    secret = accounts.log_in("ana", PASSWORD, address="192.0.2.1", agent="a browser")
    who = accounts.session(secret)
    assert who is not None
    assert (who.name, who.needs) == ("Ana", frozenset(Need))
    assert accounts.session(secret[:-1]) is None
    (line,) = library.logbook.lines(action="login")
    assert line.document["principal"] == "Ana"


def test_what_is_kept_holds_neither_passwords_nor_names_nor_tokens(
    accounts: Accounts, library: Library
) -> None:
    secret = accounts.log_in("Ana", PASSWORD, address="192.0.2.1")
    _, token = accounts.make_token("Ana", "nightly", [Need.READ], 1, library)
    accounts.close()
    for path in (library.folder / roster.FILE_NAME, library.folder / SESSIONS):
        content = path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
        for word in ("Ana", PASSWORD, secret, token, "argon2", "nightly"):
            assert word.encode() not in content


@pytest.mark.parametrize(("name", "password"), [("Ana", OTHER), ("Bob", PASSWORD), ("", "")])
def test_nobody_is_told_whether_the_name_or_the_password_is_wrong(
    accounts: Accounts, name: str, password: str
) -> None:
    with pytest.raises(NotKnown, match=r"^The name or the password is not right\.$"):
        accounts.log_in(name, password, address="192.0.2.1")


def test_a_failure_is_logged_without_a_name_that_nobody_has(
    accounts: Accounts, library: Library
) -> None:
    for name in ("Ana", "my password"):
        with pytest.raises(NotKnown):
            accounts.log_in(name, OTHER, address="192.0.2.1")
    assert [said["account"] for said in lines(library, "login-failed")] == ["Ana", ""]
    kept = [str(line.document) for line in library.logbook.lines(action="login-failed")]
    assert not any("192.0.2.1" in line or "my password" in line for line in kept)
    shown = library.logbook.lines(action="login-failed", words=True)
    assert [line.words for line in shown] == [({"address": "192.0.2.1"},)] * 2


def test_whoever_is_wrong_too_often_waits_and_others_do_not(
    accounts: Accounts, clock: Clock
) -> None:
    for _ in range(5):
        with pytest.raises(NotKnown):
            accounts.log_in("Ana", OTHER, address="192.0.2.1")
    with pytest.raises(TooOften) as refused:
        accounts.log_in("Ana", PASSWORD, address="192.0.2.1")
    assert 0 < refused.value.wait_s <= 12
    assert accounts.log_in("Ana", PASSWORD, address="192.0.2.200")
    clock.now += 13
    assert accounts.log_in("Ana", PASSWORD, address="192.0.2.1")


def test_many_names_from_one_address_and_many_addresses_for_one_name_wait_too(
    accounts: Accounts,
) -> None:
    for number in range(20):
        with pytest.raises(NotKnown):
            accounts.log_in(f"name {number}", OTHER, address="2001:db8::1")
    with pytest.raises(TooOften):
        accounts.log_in("Ana", PASSWORD, address="2001:db8::2")  # the same /64
    for number in range(50):
        with pytest.raises(NotKnown):
            accounts.log_in("Ana", OTHER, address=f"198.51.100.{number}")
    with pytest.raises(TooOften):
        accounts.log_in("Ana", PASSWORD, address="203.0.113.1")


def test_a_session_survives_a_restart_and_ends_in_time(
    accounts: Accounts, library: Library, clock: Clock
) -> None:
    secret = accounts.log_in("Ana", PASSWORD, address="192.0.2.1")
    accounts.choose(secret, "story", "S-12")
    accounts.close()
    again = Accounts(library, clock=clock)
    who = again.session(secret)
    assert who is not None
    assert (who.purpose, who.case) == ("story", "S-12")
    clock.now += 24 * 3600
    assert again.session(secret) is None  # idle
    secret = again.log_in("Ana", PASSWORD, address="192.0.2.1")
    for _ in range(8):
        assert again.session(secret)
        clock.now += 23 * 3600
    assert again.session(secret) is None  # a week


def test_another_password_ends_the_other_sessions(accounts: Accounts, library: Library) -> None:
    mine, other = (accounts.log_in("Ana", PASSWORD, address="192.0.2.1") for _ in "ab")
    accounts.set_password("Ana", OTHER, library, keep=roster.digest_of(mine))
    assert accounts.session(mine)
    assert accounts.session(other) is None
    with pytest.raises(NotKnown):
        accounts.log_in("Ana", PASSWORD, address="192.0.2.1")


def test_what_another_process_changes_holds_at_once(accounts: Accounts, library: Library) -> None:
    secret = accounts.log_in("Ana", PASSWORD, address="192.0.2.1")
    _, token = accounts.make_token("Ana", "nightly", [Need.READ], 1, library)
    Accounts(library).remove("Ana", library)
    assert accounts.session(secret) is None
    assert accounts.token(token) is None
    assert accounts.listed() == []


def test_a_token_is_good_for_what_it_says_until_it_ends(
    accounts: Accounts, library: Library, clock: Clock
) -> None:
    made, secret = accounts.make_token("ana", "nightly", [Need.EXPORT, Need.READ], 2, library)
    who = accounts.token(secret)
    assert who is not None
    assert (who.name, who.needs) == ("Ana", {Need.READ, Need.EXPORT})
    assert accounts.token(secret[:-1]) is None
    assert accounts.token("") is None
    ((_, owner, used),) = accounts.tokens("Ana")
    assert (owner, used) == ("Ana", "2023-11-14T22:13:20+00:00")
    clock.now += 2 * 86_400
    assert accounts.token(secret) is None
    accounts.revoke(made.id, library)
    assert [said["did"] for said in lines(library, "token")] == ["make", "revoke"]


@pytest.mark.parametrize(("needs", "days"), [([], 1), ([Need.READ], 0), ([Need.READ], 1000)])
def test_a_token_is_good_for_something_and_always_ends(
    accounts: Accounts, library: Library, needs: list[Need], days: float
) -> None:
    with pytest.raises(UsageError):
        accounts.make_token("Ana", "nightly", needs, days, library)


def test_nobody_revokes_the_token_of_another_by_their_own_name(
    accounts: Accounts, library: Library
) -> None:
    accounts.add("Bob", OTHER, library)
    made, _ = accounts.make_token("Ana", "nightly", [Need.READ], 1, library)
    with pytest.raises(InputError):
        accounts.revoke(made.id, library, account="Bob")


@pytest.mark.parametrize("change", ["revoke", "password", "remove"])
def test_a_copy_from_before_lets_nobody_back_in(
    accounts: Accounts, library: Library, tmp_path: Path, change: str
) -> None:
    """What was revoked must not come back with a backup."""
    made, secret = accounts.make_token("Ana", "nightly", [Need.READ], 1, library)
    shutil.copy(library.folder / roster.FILE_NAME, tmp_path / "copy")
    if change == "revoke":
        accounts.revoke(made.id, library)
    elif change == "password":
        accounts.set_password("Ana", OTHER, library)
    else:
        accounts.remove("Ana", library)
    shutil.copy(tmp_path / "copy", library.folder / roster.FILE_NAME)
    restored = Accounts(library)
    assert restored.token(secret) is None
    if change != "revoke":
        with pytest.raises(NotKnown):
            restored.log_in("Ana", PASSWORD, address="192.0.2.1")


def test_a_backup_holds_accounts_and_no_sessions(
    accounts: Accounts, library: Library, tmp_path: Path
) -> None:
    accounts.log_in("Ana", PASSWORD, address="192.0.2.1")
    made = library.backup(tmp_path / "copy")
    assert roster.FILE_NAME in made.files
    assert SESSIONS not in made.files


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "AnaAnaAnaAna", "x" * 600])
def test_a_password_that_can_be_guessed_is_not_taken(
    accounts: Accounts, library: Library, password: str
) -> None:
    with pytest.raises(UsageError):
        accounts.add("Ana", password, library)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 101, "ana", "ＡＮＡ"])
def test_a_name_can_be_read_and_is_not_that_of_another(
    accounts: Accounts, library: Library, name: str
) -> None:
    with pytest.raises((UsageError, InputError)):
        accounts.add(name, PASSWORD, library)


def test_a_damaged_file_is_said_to_be(accounts: Accounts, library: Library) -> None:
    (library.folder / roster.FILE_NAME).write_text("{}")
    with pytest.raises(StoreError, match="accounts"):
        accounts.listed()


def test_every_account_of_a_household_is_its_owner_under_its_own_name(library: Library) -> None:
    view = library.for_asker("Ana")
    view.enter()
    view.logbook.write("login", {})
    assert [line.document["principal"] for line in view.logbook.lines(action="login")] == ["Ana"]


def test_a_bucket_fills_up_again(clock: Clock) -> None:
    throttle = Throttle(60, 3, clock=clock)
    assert [throttle.take("a") for _ in range(4)] == [0, 0, 0, 1]
    assert throttle.take("b") == 0
    clock.now += 2
    assert [throttle.take("a") for _ in range(3)] == [0, 0, 1]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("unix", "unix"),
    ],
)
def test_a_network_is_what_one_person_has(address: str, network: str) -> None:
    assert network_of(address) == network
