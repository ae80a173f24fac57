"""Calls of the API: governing.

Written by scripts/client.py from the OpenAPI document, not by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from viewfinder.client import request as wire


def list_people() -> wire.Request[wire.Json]:
    """Who is listed, and as what.

    From governance/people.toml. They are changed in that file, never from here.
    """
    return wire.Request("GET", "/api/v1/people", wire.document)


def list_purposes() -> wire.Request[wire.Json]:
    """The declared purposes, and what they bind.

    From governance/purposes.toml: choose one of them to ask under.
    """
    return wire.Request("GET", "/api/v1/purposes", wire.document)


def get_access(video: str) -> wire.Request[wire.Json]:
    """Who may see a video.

    Its access class, and the parts that have another.
    """
    return wire.Request("GET", f"/api/v1/videos/{wire.part(video)}/access", wire.document)


def restrict_video(
    video: str,
    *,
    idempotency_key: str | None = wire.UNSET,
    collection: str | None = wire.UNSET,
    labels: Sequence[str] = wire.UNSET,
    unlabel: Sequence[str] = wire.UNSET,
    embargo: str | None = wire.UNSET,
    rights: str | None = wire.UNSET,
    part: wire.Json | None = wire.UNSET,
) -> wire.Request[wire.Json]:
    """Say who may see a video, or a part of it.

    The next question obeys. What a class means is up to the policy of the library.
    """
    return wire.Request(
        "POST",
        f"/api/v1/videos/{wire.part(video)}/access",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(
            collection=collection,
            labels=labels,
            unlabel=unlabel,
            embargo=embargo,
            rights=rights,
            part=part,
        ),
    )


def list_consent(
    *, video: str = wire.UNSET, as_of: str = wire.UNSET, history: bool = wire.UNSET
) -> wire.Request[wire.Json]:
    """Who agreed to what.

    As it stands, or stood on a day; `history` gives every word in the order it was noted.
    """
    return wire.Request(
        "GET",
        "/api/v1/consent",
        wire.document,
        query={"video": video, "as_of": as_of, "history": history},
    )


def note_consent(
    video: str,
    person: str,
    state: str,
    *,
    idempotency_key: str | None = wire.UNSET,
    part: wire.Json | None = wire.UNSET,
    for_: Sequence[str] = wire.UNSET,
    tier: str = wire.UNSET,
    since: str = wire.UNSET,
    until: str = wire.UNSET,
    note: str = wire.UNSET,
) -> wire.Request[wire.Json]:
    """Note what somebody filmed said.

    Given, taken back (`withdrawn`), or refused from the start (`none`). The next question obeys.
    Names are those your institution uses; nobody is recognised.
    """
    return wire.Request(
        "POST",
        f"/api/v1/videos/{wire.part(video)}/consent",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(
            person=person,
            state=state,
            part=part,
            for_=for_,
            tier=tier,
            since=since,
            until=until,
            note=note,
        ),
    )


def withdraw_consent(
    person: str, *, idempotency_key: str | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """Take back all that somebody gave.

    Everywhere, at once.
    """
    return wire.Request(
        "POST",
        "/api/v1/consent/withdraw",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(person=person),
    )


def list_holds(*, due: bool = wire.UNSET) -> wire.Request[wire.Json]:
    """What must stay.

    The holds that stand; with `due` those that somebody has to look at by now.
    """
    return wire.Request("GET", "/api/v1/holds", wire.document, query={"due": due})


def place_hold(
    video: str, case: str, reason: str, review: str, *, idempotency_key: str | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """Keep a video from being forgotten.

    Until the hold is released. A hold closes nothing: who may see it still may.
    """
    return wire.Request(
        "POST",
        f"/api/v1/videos/{wire.part(video)}/holds",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(case=case, reason=reason, review=review),
    )


def review_hold(
    number: int, reason: str, review: str, *, idempotency_key: str | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """Say that a hold still stands.

    And when somebody has to look again.
    """
    return wire.Request(
        "POST",
        f"/api/v1/holds/{wire.part(number)}/review",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(reason=reason, review=review),
    )


def release_hold(
    number: int, reason: str, *, idempotency_key: str | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """Let go of a hold.

    What it was.
    """
    return wire.Request(
        "POST",
        f"/api/v1/holds/{wire.part(number)}/release",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(reason=reason),
    )


def preview_retention(*, every: bool = wire.UNSET) -> wire.Request[wire.Json]:
    """What has to go.

    By now; with `every` also later. `code` is what `/retention/run` wants to hear.
    """
    return wire.Request("GET", "/api/v1/retention", wire.document, query={"every": every})


def run_retention(
    code: str, *, idempotency_key: str | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """Forget what a preview showed.

    Nothing else goes; 422 where it is not what was shown under that code.
    """
    return wire.Request(
        "POST",
        "/api/v1/retention/run",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(code=code),
    )


def list_overrides() -> wire.Request[wire.Json]:
    """What one person asked for and another opens.

    Every request, oldest first, and how it stands.
    """
    return wire.Request("GET", "/api/v1/overrides", wire.document)


def ask_override(
    rule: str,
    note: str,
    *,
    idempotency_key: str | None = wire.UNSET,
    reason: str = wire.UNSET,
    hours: float = wire.UNSET,
    video: str = wire.UNSET,
) -> wire.Request[wire.Json]:
    """Ask a second person to open a rule; appeal.

    Who asks never agrees. A yes holds once, for a day at most; some rules nobody opens.
    """
    return wire.Request(
        "POST",
        "/api/v1/overrides",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(rule=rule, reason=reason, note=note, hours=hours, video=video),
    )


def answer_override(
    number: int, yes: bool, *, idempotency_key: str | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """Say yes or no to what somebody else asked for.

    400 for a request of your own, and for one that was answered.
    """
    return wire.Request(
        "POST",
        f"/api/v1/overrides/{wire.part(number)}/answer",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(yes=yes),
    )


def list_switches() -> wire.Request[wire.Json]:
    """What is off.

    Since when, by whom and why; empty where everything is on.
    """
    return wire.Request("GET", "/api/v1/switches", wire.document)


def turn_switch(
    what: str, off: bool, reason: str, *, idempotency_key: str | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """Turn a part of the library off, or on again.

    For everybody, at once. Off means not shown; nothing is forgotten by it.
    """
    return wire.Request(
        "POST",
        "/api/v1/switches",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(what=what, off=off, reason=reason),
    )


def list_alarms(*, since: str = wire.UNSET) -> wire.Request[wire.Json]:
    """Use that somebody should ask about.

    One target again and again, bulk, odd hours. An alarm accuses nobody.
    """
    return wire.Request("GET", "/api/v1/alarms", wire.document, query={"since": since})


def list_profiles() -> wire.Request[wire.Json]:
    """How strict a library can be, and how strict this one is.

    All profiles, and the name of this library's own.
    """
    return wire.Request("GET", "/api/v1/profiles", wire.document)


def diff_profiles(one: str, other: str) -> wire.Request[wire.Json]:
    """What differs between two profiles.

    Setting by setting; `looser` tells of the second one.
    """
    return wire.Request(
        "GET", f"/api/v1/profiles/{wire.part(one)}/diff/{wire.part(other)}", wire.document
    )


def use_profile(name: str, *, idempotency_key: str | None = wire.UNSET) -> wire.Request[wire.Json]:
    """Take a profile on.

    Stricter is one person's decision; looser takes two (422 says how).
    """
    return wire.Request(
        "POST",
        "/api/v1/profile",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(name=name),
    )


def list_log(
    *,
    video: str = wire.UNSET,
    principal: str = wire.UNSET,
    action: str = wire.UNSET,
    since: str = wire.UNSET,
    words: bool = wire.UNSET,
    cursor: str | None = wire.UNSET,
    limit: int = wire.UNSET,
) -> wire.Request[wire.Json]:
    """What was done here, by whom and why.

    The last first. Who is neither owner nor auditor sees their own lines.
    """
    return wire.Request(
        "GET",
        "/api/v1/log",
        wire.document,
        query={
            "video": video,
            "principal": principal,
            "action": action,
            "since": since,
            "words": words,
            "cursor": cursor,
            "limit": limit,
        },
    )


def who_saw_video(
    video: str, *, cursor: str | None = wire.UNSET, limit: int = wire.UNSET
) -> wire.Request[wire.Json]:
    """Who saw, asked about, exported or changed a video, and when.

    Also of a video that was forgotten: its id stays in the log. The last first.
    """
    return wire.Request(
        "GET",
        f"/api/v1/videos/{wire.part(video)}/log",
        wire.document,
        query={"cursor": cursor, "limit": limit},
    )


def verify_log() -> wire.Request[wire.Json]:
    """Check the whole log.

    Every line, and all checkpoints that witnesses hold.
    """
    return wire.Request("GET", "/api/v1/log/verify", wire.document)


def prove_line(seq: int) -> wire.Request[wire.Json]:
    """The proof that a line is in the log.

    One of your own, or any for owner and auditor.
    """
    return wire.Request("GET", f"/api/v1/log/lines/{wire.part(seq)}/proof", wire.document)


def get_log_key() -> wire.Request[wire.Json]:
    """The public key that signs the log.

    Give it away before it is needed.
    """
    return wire.Request("GET", "/api/v1/log/key", wire.document)


def sign_log() -> wire.Request[wire.Json]:
    """Sign how the log stands, and leave it with its witnesses.

    The signed text, and with how many witnesses it was left.
    """
    return wire.Request("POST", "/api/v1/log/checkpoint", wire.document)


def bundle_log(*, video: str = wire.UNSET, words: bool = wire.UNSET) -> wire.Request[wire.Json]:
    """The log as the other side takes it.

    Lines, checkpoint and public key by the names of their files; for owner and auditor.
    """
    return wire.Request(
        "POST", "/api/v1/log/bundle", wire.document, query={"video": video, "words": words}
    )


def get_facts() -> wire.Request[wire.Json]:
    """What anybody may know of this library.

    Build, rules, models, what is off, how the log stands.
    """
    return wire.Request("GET", "/api/v1/facts", wire.document)


def get_counts(
    *, since: str | None = wire.UNSET, until: str | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """How much was done, day by day, with noise.

    A week that is over where no days are named. A day is told once: asked again, the same numbers
    come.
    """
    return wire.Request(
        "GET", "/api/v1/counts", wire.document, query={"since": since, "until": until}
    )


def get_document(paper: str, *, format_: str = wire.UNSET) -> wire.Request[str]:
    """A paper that an institution owes.

    `dpia`, `fria`, `system-card` or `record`, from live settings and committed reports.
    """
    return wire.Request(
        "GET", f"/api/v1/documents/{wire.part(paper)}", wire.words, query={"format": format_}
    )


def list_models() -> wire.Request[wire.Json]:
    """The models, with their licences.

    What for, whose, under which licence, and what is here of them.
    """
    return wire.Request("GET", "/api/v1/models", wire.document)


def get_health() -> wire.Request[wire.Json]:
    """Whether machine, weights and library are as they should be.

    It looks and says what to do; it repairs nothing.
    """
    return wire.Request("GET", "/api/v1/doctor", wire.document)


def certify_video(
    video: str, *, idempotency_key: str | None = wire.UNSET, part: wire.Json | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """Certify a video, or a part of it.

    Hashes, how each note was made, words, and proofs from the log.
    """
    return wire.Request(
        "POST",
        f"/api/v1/videos/{wire.part(video)}/certificate",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(part=part),
    )


def get_provenance(video: str) -> wire.Request[wire.Json]:
    """Where everything known of a video comes from, as W3C PROV-JSON.

    Files, stages, tools and their settings.
    """
    return wire.Request("GET", f"/api/v1/videos/{wire.part(video)}/provenance", wire.document)


def pack_subject(person: str) -> wire.Request[bytes]:
    """Everything held about one person.

    For a subject access request; it holds words of footage. 400 where nothing is noted.
    """
    return wire.Request("POST", "/api/v1/consent/pack", wire.content, json=wire.body(person=person))


def scrub(
    *, idempotency_key: str | None = wire.UNSET, videos: Sequence[str] = wire.UNSET
) -> wire.Request[wire.Json]:
    """Hash originals again, and compare.

    Those named, or those that the schedule names. What is found is noted and logged.
    """
    return wire.Request(
        "POST",
        "/api/v1/scrub",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(videos=videos),
    )
