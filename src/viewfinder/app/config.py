"""``viewfinder.toml`` as frozen values. Unknown keys are errors with the nearest known name."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from viewfinder.domain.errors import ConfigError

FILE_NAME = "viewfinder.toml"


@dataclass(frozen=True, slots=True)
class Ingest:
    """How footage is read.

    Attributes:
        workers: Processes at once; 0 means one per core.
        frames_per_s: Sampled frames per second of video, beside one per shot.
        frame_side_px: Longest side of sampled frames; small text needs about 1280.
        memory_bytes: Limit for the process that decodes one file.
        wait_for_copy_s: A file that changed this recently is watched until it is still.
        thumbnails: Whether to keep small pictures of shots.
        cover_faces: Whether faces are filled in every frame before anything looks at it or
            keeps it; needs the weights `faces`.
        cover_faces_in: The same for the videos of these collections alone.
    """

    workers: Annotated[int, Field(ge=0)] = 0
    frames_per_s: Annotated[float, Field(ge=0.01, le=60)] = 0.5
    frame_side_px: Annotated[int, Field(ge=64, le=8192)] = 1280
    memory_bytes: Annotated[int, Field(ge=500_000_000)] = 2_000_000_000
    wait_for_copy_s: Annotated[float, Field(ge=0, le=3600)] = 3.0
    thumbnails: bool = True
    cover_faces: bool = False
    cover_faces_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognisers:
    """Which plug-in fills which place; "" leaves the place empty.

    Attributes:
        speech: Annotator of words heard.
        screen_text: Annotator of words shown.
        picture: Encoder of frames for the label lane.
        joint: Image-text encoder (SigLIP 2 and the like), where weights are at hand.
        text: Encoder of words.
        multilingual: Encoder of words for questions that are not English.
    """

    speech: str = "whisper"
    screen_text: str = "rapidocr"
    picture: str = "efficientnet"
    joint: str = "siglip2"
    text: str = "sentence"
    multilingual: str = "universal"


@dataclass(frozen=True, slots=True)
class Model:
    """The language model, if any.

    Attributes:
        name: "gguf" for one on this machine, "openai" for a server; "" for none.
        weights: For "gguf": which of `viewfinder models`.
        base_url: For "openai": address of the server, up to and with `/v1`.
        model: For "openai": what the server calls the model.
        key_env: For "openai": the environment variable that holds the key; "" for no key.
        key_file: For "openai": a file that holds the key and that only you can read.
        threads: For "gguf"; 0 means one per core.
        context_tokens: Prompt and reply together; evidence that does not fit is left out.
        timeout_s: For one reply.
        max_tokens: Of one reply, at most.
        turn_tokens: Of all replies within one turn.
        turn_s: For all replies within one turn.
    """

    name: str = ""
    weights: str = "qwen-1.5b"
    base_url: str = ""
    model: str = ""
    key_env: str = ""
    key_file: str = ""
    threads: Annotated[int, Field(ge=0)] = 0
    context_tokens: Annotated[int, Field(ge=256)] = 4096
    timeout_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    max_tokens: Annotated[int, Field(ge=1)] = 512
    turn_tokens: Annotated[int, Field(ge=1)] = 4096
    turn_s: Annotated[float, Field(gt=0, le=3600)] = 120.0


@dataclass(frozen=True, slots=True)
class Answers:
    """How sure an answer must be.

    Attributes:
        false_answers: Share of questions without an answer that may get one all the same, in
            tests, until `viewfinder calibrate` has tested the collection. The larger, the
            more questions are answered: 0.01, 0.02, 0.05, 0.1 and 0.2 make a difference.
            0 for 0.05 where there are only words, and for a mild rule where pictures are
            searched too.
    """

    false_answers: Annotated[float, Field(ge=0, le=0.2)] = 0.0


@dataclass(frozen=True, slots=True)
class Assist:
    """What the language model is used for. Its words are checked like any others.

    Attributes:
        plan: It turns a question into a plan.
        rewrite: It makes a follow-up stand alone.
        judge: It says which moments satisfy the question.
        draft: It words the answer.
    """

    plan: bool = False
    rewrite: bool = False
    judge: bool = False
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Egress:
    """Where words may be sent. Nothing leaves this machine unless it is named here.

    Attributes:
        allow: Hosts, or host:port, that questions and evidence may be sent to.
    """

    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Log:
    """What is done with the log beside keeping it.

    Attributes:
        witnesses: Folders that somebody else holds; signed checkpoints are left there.
        checkpoint_every: Entries after which one is left; also when the library is closed.
    """

    witnesses: tuple[str, ...] = ()
    checkpoint_every: Annotated[int, Field(ge=1)] = 1000


@dataclass(frozen=True, slots=True)
class Keys:
    """Where the key comes from that all other keys are encrypted with.

    Attributes:
        master: "file" for one in the library's folder, "file:PATH", "env:NAME", or
            "command:WORDS" for a program that prints it: 64 hexadecimal digits.
        encrypt: Whether what is kept of footage is encrypted, each video under its own key.
    """

    master: str = "file"
    encrypt: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is done so that footage can be shown to be what it was.

    Attributes:
        scrub_days: Originals are hashed again after so many days; 0 for never.
    """

    scrub_days: Annotated[int, Field(ge=0)] = 90


@dataclass(frozen=True, slots=True)
class Oidc:
    """Who vouches for people, where they log in with an account they have elsewhere.

    Attributes:
        issuer: Address of the provider (OpenID Connect), as it names itself; "" for none.
        client_id: What the provider calls this server.
        client_secret_env: The environment variable that holds the secret shared with the
            provider; "" for a public client.
        name_claim: Which of the provider's statements is the name of the account here.
        groups_claim: Which one lists the groups that somebody is in.
        groups: Only who is in one of these may come in; empty for everybody with an account.
        make_accounts: Whether somebody without an account gets one at their first login.
        button: What the login page calls the provider; "" for its address.
    """

    issuer: str = ""
    client_id: str = ""
    client_secret_env: str = ""
    name_claim: str = "preferred_username"
    groups_claim: str = "groups"
    groups: tuple[str, ...] = ()
    make_accounts: bool = False
    button: str = ""


@dataclass(frozen=True, slots=True)
class Serve:
    """How `viewfinder serve` lets people in.

    Attributes:
        host: Address to listen on.
        port: Port to listen on; 0 for any that is free.
        login: "auto" asks nobody to log in who sits at this machine while the server listens
            on it alone, and everybody elsewhere; "always" asks everybody.
        session_hours: A login lasts so long at most.
        idle_hours: A login nobody uses ends after so long.
        secure_cookie: Whether browsers send the cookie over https alone: "auto" by how the
            request came, "always", or "never".
        origin: Address people see, as "https://footage.example.org", where a proxy stands
            before the server; "" for the one it listens on.
        hosts: Further names of the server that requests may be for.
        proxies: Addresses of proxies whose word about who asks is taken.
        requests_per_minute: From one asker, or one address; 0 for no limit.
        logins_per_minute: Wrong logins for one name, or from one address.
        body_mb: Largest request, in megabytes, that is no upload.
        upload_gb: What one asker may upload within a day, in gigabytes; 0 for no limit.
        connections: At once; 0 for no limit.
        metrics: Whether `/metrics` tells how the server does.
        watch: Folders whose new files are added while the server runs.
        stable_s: A file in such a folder is left alone until it has not changed for so long.
        roots: Folders of this machine that may be added by naming them on a page.
        hooks: Hosts, or host:port, that webhooks may be sent to.
        oidc: Section of its own.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8765
    login: Literal["auto", "always"] = "auto"
    session_hours: Annotated[float, Field(gt=0, le=24 * 366)] = 168.0
    idle_hours: Annotated[float, Field(gt=0, le=24 * 366)] = 24.0
    secure_cookie: Literal["auto", "always", "never"] = "auto"
    origin: Annotated[str, Field(pattern=r"^(https?://[^/?#@\s]+)?$")] = ""
    hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    requests_per_minute: Annotated[int, Field(ge=0)] = 1200
    logins_per_minute: Annotated[int, Field(ge=1)] = 5
    body_mb: Annotated[float, Field(gt=0)] = 32.0
    upload_gb: Annotated[float, Field(ge=0)] = 0.0
    connections: Annotated[int, Field(ge=0)] = 512
    metrics: bool = True
    watch: tuple[str, ...] = ()
    stable_s: Annotated[float, Field(ge=0, le=86_400)] = 10.0
    roots: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    oidc: Oidc = field(default_factory=Oidc)


@dataclass(frozen=True, slots=True)
class Exports:
    """How media that is taken out says where it comes from.

    Attributes:
        sign: Whether clips are signed; needs `viewfinder[c2pa]`.
        certificate: PEM file of your certificate and those above it; "" for one that the
            library makes, which nobody trusts yet.
        private_key: PEM file of the key to it.
        algorithm: Of the key: "es256", "es384", "ps256", "ed25519", ...
    """

    sign: bool = True
    certificate: str = ""
    private_key: str = ""
    algorithm: str = "es256"


@dataclass(frozen=True, slots=True)
class Config:
    """All settings; every one has a default.

    Attributes:
        ingest: Section of its own.
        recognisers: Section of its own.
        model: Section of its own.
        answers: Section of its own.
        assist: Section of its own.
        egress: Section of its own.
        log: Section of its own.
        keys: Section of its own.
        evidence: Section of its own.
        serve: Section of its own.
        exports: Section of its own.
        store: Where everything is kept.
        policy: Who may ask what.
        executor: Where work runs: "local" in processes, "inline" in this one.
    """

    ingest: Ingest = field(default_factory=Ingest)
    recognisers: Recognisers = field(default_factory=Recognisers)
    model: Model = field(default_factory=Model)
    answers: Answers = field(default_factory=Answers)
    assist: Assist = field(default_factory=Assist)
    egress: Egress = field(default_factory=Egress)
    log: Log = field(default_factory=Log)
    keys: Keys = field(default_factory=Keys)
    evidence: Evidence = field(default_factory=Evidence)
    serve: Serve = field(default_factory=Serve)
    exports: Exports = field(default_factory=Exports)
    store: str = "sqlite"
    policy: str = "household"
    executor: str = "local"


SECTIONS: dict[str, Any] = {
    "ingest": Ingest,
    "recognisers": Recognisers,
    "model": Model,
    "answers": Answers,
    "assist": Assist,
    "egress": Egress,
    "log": Log,
    "keys": Keys,
    "evidence": Evidence,
    "exports": Exports,
    "serve": Serve,
    "serve.oidc": Oidc,
}


def load(folder: Path) -> Config:
    """Return the settings of the library in ``folder``; defaults where it has no file.

    Raises:
        ConfigError: Not TOML, an unknown key, or a value of the wrong kind.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return Config()
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    _known(table, Config, path)
    try:
        return TypeAdapter(Config).validate_python(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {key}: {first['msg']}") from error


def _known(table: dict[str, Any], shape: Any, path: Path, prefix: str = "") -> None:
    fields = shape.__dataclass_fields__
    for key, value in table.items():
        if key not in fields:
            raise ConfigError(f"{path}: unknown setting {prefix + key!r}; {_hint(key, fields)}")
        if (section := SECTIONS.get(prefix + key)) is not None and isinstance(value, dict):
            _known(value, section, path, f"{prefix}{key}.")


def _hint(key: str, fields: Any) -> str:
    if near := get_close_matches(key, fields, n=1):
        return f"did you mean {near[0]!r}?"
    for section, shape in SECTIONS.items():
        if key in shape.__dataclass_fields__:
            return f"it belongs under [{section}]"
    return f"known: {', '.join(fields)}"


def library_folder(given: str | None) -> Path:
    """Return the library to use: as given, else VIEWFINDER_LIBRARY, else one in the home."""
    chosen = given or os.environ.get("VIEWFINDER_LIBRARY")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return Path.home() / "Videos" / "library.viewfinder"
