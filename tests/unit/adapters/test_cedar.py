"""Who may do what is up to the policies; what they do not say is denied."""

from __future__ import annotations

from pathlib import Path

import pytest

from viewfinder.adapters.policies.cedar import Config, plugin
from viewfinder.domain.access import DEFAULT, AccessClass
from viewfinder.domain.errors import PolicyError
from viewfinder.domain.policy import AccessRequest, Intent, Principal, Purpose
from viewfinder.ports import PolicyEngine

AT = "2027-03-01T12:00:00+00:00"
KEEPER = Principal("kim", ("keeper",))
MEMBER = Principal("ann", ("member",), ("news",))
STRANGER = Principal("bob")
STORY = Purpose("story")


def policy(folder: Path | None = None, profile: str = "own-footage") -> PolicyEngine:
    return plugin.build(Config(folder, profile))


def request(
    who: Principal, action: str = "search", purpose: Purpose = STORY, *intents: str
) -> AccessRequest:
    return AccessRequest(
        who, purpose, action, at=AT, intents=tuple(Intent(rule) for rule in intents)
    )


def sees(who: Principal, what: AccessClass, action: str = "search", **purpose: object) -> bool:
    asked = request(who, action, Purpose("story", **purpose))  # type: ignore[arg-type]
    return what.name in (policy().scope(asked, [what.name]).access or ())


def test_who_is_not_listed_may_nothing() -> None:
    for action in ("search", "ask", "show", "export", "add", "forget", "restrict", "nonsense"):
        assert not policy().decide(request(STRANGER, action)).permitted
    assert policy().scope(request(STRANGER), [DEFAULT]).access == frozenset()


def test_a_member_sees_their_collections_and_no_other() -> None:
    assert sees(MEMBER, AccessClass("news"))
    assert not sees(MEMBER, AccessClass("court"))
    assert not sees(MEMBER, AccessClass())


def test_what_is_sealed_is_closed_to_all_but_sealed_readers() -> None:
    sealed = AccessClass("news", ("sealed",))
    assert not sees(MEMBER, sealed)
    assert not sees(KEEPER, sealed)
    assert sees(Principal("judge", ("keeper", "sealed-reader")), sealed)


@pytest.mark.parametrize(("until", "is_open"), [("2027-03-02", False), ("2027-03-01", True)])
def test_an_embargo_ends_by_itself(until: str, is_open: bool) -> None:
    assert sees(MEMBER, AccessClass("news", embargo=until)) is is_open
    assert sees(KEEPER, AccessClass("news", embargo=until))


@pytest.mark.parametrize(
    ("consent", "uses", "until", "action", "is_open"),
    [
        ("", (), "", "search", True),
        ("given", ("search",), "", "search", True),
        ("given", ("search",), "", "export", False),
        ("given", ("export", "search"), "", "export", True),
        ("given", ("export",), "", "search", False),
        ("given", ("search",), "2027-03-01", "search", False),
        ("given", ("search",), "2027-03-02", "search", True),
        ("withdrawn", ("search",), "", "search", False),
        ("none", (), "", "search", False),
    ],
)
def test_consent_opens_what_it_was_given_for(
    consent: str, uses: tuple[str, ...], until: str, action: str, is_open: bool
) -> None:
    what = AccessClass("news", consent=consent, uses=uses, until=until)
    assert sees(MEMBER, what, action) is is_open
    assert sees(KEEPER, what, action) is is_open


def test_a_purpose_binds_collections_and_time() -> None:
    assert sees(MEMBER, AccessClass("news"), collections=("news",))
    assert not sees(MEMBER, AccessClass("news"), collections=("court",))
    assert not sees(KEEPER, AccessClass("news"), collections=("court",))
    over = request(MEMBER, "search", Purpose("story", ends="2027-03-01"))
    assert policy().decide(over).rule == "purpose-over"
    early = request(MEMBER, "search", Purpose("story", begins="2027-04-01"))
    assert policy().decide(early).rule == "purpose-over"


@pytest.mark.parametrize(
    "intent", ["no-identification", "no-emotion-inference", "no-trait-inference", "no-suspicion"]
)
def test_what_nobody_may_ask_is_refused_to_everybody(intent: str) -> None:
    for who in (KEEPER, MEMBER, Principal("owner", ("owner",))):
        decision = policy().decide(request(who, "ask", Purpose("story"), intent))
        assert (decision.permitted, decision.rule) == (False, intent)
        assert decision.reason
        assert decision.alternative


def test_rules_of_the_library_itself_add_to_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "own.cedar").write_text(
        '@id("no-export-here") @reason("Not from here.") @alternative("Ask Kim.")\n'
        'forbid (principal, action == Action::"export", resource);\n'
        '@id("extractive") @obligation("extractive_only")\n'
        'permit (principal in Role::"member", action in Action::"look", resource is Library);\n'
    )
    own = policy(tmp_path)
    assert own.decide(request(KEEPER, "export")).rule == "no-export-here"
    assert own.decide(request(MEMBER)).obligations == ("extractive_only",)
    assert own.version != policy().version


@pytest.mark.parametrize(
    "text", ["permit (", 'permit (principal, action == Action::"fly", resource);']
)
def test_a_wrong_policy_is_named_and_nothing_opens(tmp_path: Path, text: str) -> None:
    (tmp_path / "own.cedar").write_text(text)
    with pytest.raises(PolicyError, match=r"own\.cedar"):
        policy(tmp_path)


def test_a_class_that_needs_two_others_is_in_nobodys_scope() -> None:
    both = f"{DEFAULT} & sealed"
    assert both not in (policy().scope(request(KEEPER), [both]).access or ())


def test_names_with_quotes_are_names() -> None:
    odd = Principal('a"b\\c', ("member",), ('x"y',))
    what = AccessClass('x"y')
    assert what.name in (policy().scope(request(odd), [what.name]).access or ())
