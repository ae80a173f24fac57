"""Without policies of its own a library hides nothing, but what was closed on purpose."""

from __future__ import annotations

import pytest

from viewfinder.adapters.policies.household import plugin
from viewfinder.domain.access import DEFAULT, AccessClass
from viewfinder.domain.policy import OWN_FOOTAGE, OWNER, AccessRequest, Scope

AT = "2027-03-01T12:00:00+00:00"


def scope(action: str, *classes: AccessClass) -> Scope:
    request = AccessRequest(OWNER, OWN_FOOTAGE, action, at=AT)
    return plugin.build(plugin.config()).scope(request, [c.name for c in classes])


def test_with_nothing_closed_everything_is_in_scope() -> None:
    assert scope("ask", AccessClass()).access is None


@pytest.mark.parametrize(
    ("what", "action", "is_open"),
    [
        (AccessClass("news"), "ask", True),
        (AccessClass(labels=("sealed",)), "ask", False),
        (AccessClass(labels=("sealed",)), "restrict", True),
        (AccessClass(embargo="2027-03-02"), "search", False),
        (AccessClass(embargo="2027-03-01"), "search", True),
        (AccessClass(consent="withdrawn"), "show", False),
        (AccessClass(consent="none"), "show", False),
        (AccessClass(consent="given", uses=("search",)), "show", True),
        (AccessClass(consent="given", uses=("search",)), "export", False),
        (AccessClass(consent="given", uses=("search",), until="2027-03-01"), "ask", False),
        (AccessClass(consent="given", uses=("search",), since="2027-03-02"), "ask", False),
    ],
)
def test_what_was_closed_on_purpose_stays_closed(
    what: AccessClass, action: str, is_open: bool
) -> None:
    made = scope(action, AccessClass(), what)
    assert (made.access is None or what.name in made.access) is is_open
    assert made.access is None or DEFAULT in made.access
