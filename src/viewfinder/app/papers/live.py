"""What the papers say of the live library: each value in words, under a name of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

from viewfinder.adapters.policies.cedar import profiles
from viewfinder.adapters.policies.cedar.profiles import LADDER, Profile
from viewfinder.app.config import Config
from viewfinder.app.entry import register
from viewfinder.app.evidence.desk import Desk
from viewfinder.app.evidence.facts import destination
from viewfinder.app.governing.retention import FILE as RETENTION
from viewfinder.app.governing.retention import Rule
from viewfinder.governance.keeping import consent, holds, switches

KEY_FROM = {
    "file": "a file",
    "env": "the environment",
    "command": "a program that gives it",
}


def values(desk: Desk) -> dict[str, str]:
    """Return every value that a clause may name."""
    listed = register.read(desk.folder)
    profile = profiles.named(listed.profile)
    return {
        **_of_profile(profile),
        **_of_settings(desk.config),
        **_of_models(desk.config),
        **_laid_down(desk, listed),
    }


def _of_profile(profile: Profile) -> dict[str, str]:
    needs = {
        name: "needs" if value else "does not need"
        for name, value in asdict(profile).items()
        if name.startswith("needs_")
    }
    needs["needs_second_person"] = "take" if profile.needs_second_person else "do not take"
    days = profile.retention_days
    return {
        **needs,
        "profile_title": profile.title,
        "profile_serves": profile.serves,
        "profile_notes": " ".join(profile.notes) or "nothing",
        "ladder": LADDER[profile.ladder],
        "answers": "quotes and plain facts only"
        if profile.answers == "extractive"
        else "quotes and plain facts, and a model may word them",
        "retention_default": f"{days} days" if days else "no end",
    }


def _of_settings(config: Config) -> dict[str, str]:
    ingest, keys, days = config.ingest, config.keys, config.evidence.scrub_days
    forgotten = (
        "The key of the part is destroyed, so that copies made before cannot be read either."
        if keys.encrypt
        else "Copies made before are beyond it: nothing is encrypted here."
    )
    return {
        "policy": config.policy,
        "encrypted": "encrypted, each recording under a key of its own"
        if keys.encrypt
        else "NOT encrypted",
        "erasure": forgotten,
        "master_key": KEY_FROM.get(keys.master.partition(":")[0], "elsewhere"),
        "checkpoint_every": str(config.log.checkpoint_every),
        "witnesses": _count(len(config.log.witnesses), "folder", "that somebody else holds"),
        "scrub": f"after {days} days" if days else "only when somebody asks for it",
        "allowed": ", ".join(config.egress.allow) or "nobody",
        "false_answers": f"{config.answers.false_answers:.0%}",
        "frames_per_s": f"{ingest.frames_per_s:g}",
        "frame_side_px": str(ingest.frame_side_px),
        "memory": f"{ingest.memory_bytes / 1e9:g} GB",
        "thumbnails": "kept" if ingest.thumbnails else "not kept",
        "store": config.store,
    }


def _of_models(config: Config) -> dict[str, str]:
    names, model = config.recognisers, config.model
    which = {"gguf": model.weights, "openai": model.model}.get(model.name, "")
    uses = [use for use, on in asdict(config.assist).items() if on]
    nowhere = "this machine" if model.name else "nowhere, there is none"
    return {
        "speech": names.speech or "nothing",
        "screen_text": names.screen_text or "nothing",
        "picture": names.picture or "nothing",
        "joint": names.joint or "nothing",
        "text_encoder": names.text or "nothing",
        "multilingual": names.multilingual or "nothing",
        "model": f"{which} ({model.name})" if model.name else "none",
        "uses": ", ".join(uses) or "nothing",
        "destination": destination(config) or nowhere,
    }


def _laid_down(desk: Desk, listed: register.Register) -> dict[str, str]:
    store = desk.store
    roles = Counter(role for person in listed.people.values() for role in person.roles)
    purposes = [
        f"{one.name} ({one.basis or 'basis: needs a human'})" for one in listed.purposes.values()
    ]
    rules: list[Rule] = register.listed(desk.folder / register.FOLDER / RETENTION, "rule", Rule)
    kept = [f"{rule.name}, {rule.days} days ({rule.basis or 'no basis given'})" for rule in rules]
    off = switches.standing(store.facts(switches.KIND)).off
    return {
        "people": ", ".join(f"{count} {role}" for role, count in sorted(roles.items()))
        or "nobody is listed; whoever can open the folder is its owner",
        "purposes": "; ".join(purposes) or "none is declared",
        "retention": "; ".join(kept) or "none is set",
        "holds": str(len(holds.standing(store.facts(holds.KIND)))),
        "consents": str(len(store.facts(consent.KIND))),
        "off": ", ".join(one.what for one in off) or "nothing",
    }


def _count(count: int, what: str, more: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'} {more}" if count else "none"
