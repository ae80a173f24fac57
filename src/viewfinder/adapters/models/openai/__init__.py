"""Any server that speaks the chat-completions protocol: Ollama, vLLM, llama.cpp, a cloud.

The library is the ``openai`` SDK; ``wire`` decides what may go over its line. A schema is
asked for in the strictest way the server takes (JSON schema, then JSON mode, then words in
the prompt), and the way it took is remembered.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from viewfinder.domain.errors import ConfigError, ModelError, PluginUnavailable
from viewfinder.domain.prompt import Prompt, fitted, messages
from viewfinder.domain.provenance import Tool
from viewfinder.ports import LanguageModel, Plugin

if TYPE_CHECKING:
    from viewfinder.adapters.models.openai.wire import Wire

_BYTES_PER_TOKEN = 3
"""Few enough that most tokenizers need no more tokens than this says."""
_OPTIONAL = ("temperature", "seed", "max_tokens")
"""What some servers refuse to be told; ``max_tokens`` then goes by its newer name."""


@dataclass(frozen=True, slots=True)
class Config:
    """Which server and model.

    Attributes:
        base_url: Address up to and with ``/v1``; holds no secret.
        model: What the server calls it.
        key_env: The environment variable that holds the key; "" for none.
        key_file: A file that holds the key and that only its owner can read; "" for none.
        context_tokens: Prompt and reply together; evidence that does not fit is left out.
        retries: After a refused connection, a busy or a failing server.
    """

    base_url: str = ""
    model: str = ""
    key_env: str = ""
    key_file: str = ""
    context_tokens: int = 4096
    retries: int = 2


class ServerModel:
    """Implements ``ports.LanguageModel``."""

    def __init__(self, config: Config) -> None:
        """Check the settings; connect to nothing.

        Raises:
            PluginUnavailable: The SDK is not installed.
            ConfigError: No address, no model, a secret where none belongs, no key found.
        """
        try:
            version("openai")
        except PackageNotFoundError as error:
            raise PluginUnavailable(
                "a model on a server needs the openai SDK: `pip install 'viewfinder[llm]'`"
            ) from error
        if not config.model:
            raise ConfigError('[model] model is empty: say what the server calls it ("qwen2.5")')
        self._config = config
        address = _address(config.base_url)
        port = address.port or (443 if address.scheme == "https" else 80)
        host = address.hostname or ""
        self._destination = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._key = _key(config)
        if self._key and address.scheme != "https" and not _is_loopback(host):
            raise ConfigError(
                f"[model] base_url is http, and a key would cross the network to {host!r}"
                " unencrypted: use https"
            )
        self._rung = 0
        self._left_out: set[str] = set()

    @property
    def tool(self) -> Tool:
        return Tool(self._config.model, f"served by {self._destination}")

    @property
    def destination(self) -> str:
        return self._destination

    def generate(
        self, prompt: Prompt, *, max_tokens: int, seed: int, timeout_s: float
    ) -> Iterator[str]:
        """Yield the reply piece by piece; see ``ports.LanguageModel``.

        Raises:
            ModelError: What happened, at which server, what to do.
        """
        deadline_s = time.monotonic() + timeout_s
        cut = fitted(prompt, self._config.context_tokens - max_tokens, _tokens)
        if cut is None:
            raise ModelError(
                f"the instructions and the question leave no room for {max_tokens} tokens of"
                f" reply in {self._config.context_tokens}: see `context_tokens` under [model]"
            )
        request: dict[str, Any] = {
            "model": self._config.model,
            "messages": messages(cut, show_schema=True),
            "max_tokens": max_tokens,
            "temperature": 0,
            "seed": seed,
        }
        if not cut.schema:
            yield from self._asked(request, deadline_s)
            return
        ladder = _ladder(cut.schema)
        for rung in range(self._rung, len(ladder)):
            pieces = self._asked({**request, **ladder[rung]}, deadline_s)
            try:
                start = _start_of_json(pieces) if ladder[rung] else _json_in("".join(pieces))
            except _Refused as refused:
                if rung + 1 == len(ladder):
                    raise ModelError(str(refused)) from refused
                continue
            self._rung = rung
            yield start
            yield from pieces
            return

    def _asked(self, request: dict[str, Any], deadline_s: float) -> Iterator[str]:
        """Yield the reply; a setting the server refuses to be told is left out from then on."""
        while True:
            told = {key: value for key, value in request.items() if key not in self._left_out}
            if "max_tokens" in self._left_out:
                told["max_completion_tokens"] = request["max_tokens"]
            try:
                yield from self._wire.reply(told, deadline_s)
            except _Refused as refused:
                unwanted = next((n for n in _OPTIONAL if n in told and n in refused.names), None)
                if unwanted is None:
                    if "response_format" in request:
                        raise
                    raise ModelError(str(refused)) from refused
                self._left_out.add(unwanted)
            else:
                return

    @cached_property
    def _wire(self) -> Wire:
        from viewfinder.adapters.models.openai.wire import Wire  # takes a second to import

        return Wire(
            self._config.base_url,
            self._destination,
            key=self._key,
            retries=self._config.retries,
            refused=_Refused,
        )


class _Refused(Exception):
    """The server does not take the request as it is; it may take another.

    Attributes:
        names: Settings that its complaint names.
    """

    def __init__(self, said: str, names: frozenset[str] = frozenset()) -> None:
        super().__init__(said)
        self.names = names


def _ladder(schema: str) -> list[dict[str, Any]]:
    """Return what to add to a request so that the reply meets a schema, strictest first."""
    try:
        parsed = json.loads(schema)
    except ValueError as error:
        raise ModelError(f"the schema for the reply is not JSON: {error}") from error
    named = {"name": "reply", "schema": parsed, "strict": True}
    return [
        {"response_format": {"type": "json_schema", "json_schema": named}},
        {"response_format": {"type": "json_object"}},
        {},
    ]


def _start_of_json(pieces: Iterator[str]) -> str:
    """Return the first pieces, up to one that is not blank; it must begin an object."""
    start = ""
    for piece in pieces:
        start += piece
        if start.strip():
            break
    if not start.lstrip().startswith(("{", "[")):
        raise _Refused(f"the server took a schema and did not keep to it: {start[:80]!r}")
    return start


def _json_in(reply: str) -> str:
    """Return the first JSON object within the words of a reply."""
    decoder = json.JSONDecoder()
    for found in re.finditer(r"[{\[]", reply):
        try:
            _, end = decoder.raw_decode(reply, found.start())
        except (ValueError, RecursionError):
            continue
        return reply[found.start() : end]
    raise _Refused(f"the model was asked for JSON and wrote {reply[:80]!r}")


def _tokens(prompt: Prompt) -> int:
    text = json.dumps(messages(prompt, show_schema=True), ensure_ascii=False)
    return len(text.encode("utf-8", "replace")) // _BYTES_PER_TOKEN


def _address(base_url: str) -> SplitResult:
    try:
        address = urlsplit(base_url)
        _ = address.port
    except ValueError as error:
        raise ConfigError("[model] base_url is no address") from error
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ConfigError(
            "[model] base_url must be the address of a server, up to and with /v1, such as"
            ' "http://127.0.0.1:11434/v1"'
        )
    if address.username or address.password or address.query or address.fragment:
        raise ConfigError(
            "[model] base_url holds more than an address; a key belongs into an environment"
            " variable (key_env) or a file of its own (key_file)"
        )
    return address


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _key(config: Config) -> str:
    if config.key_env and config.key_file:
        raise ConfigError("[model] has both key_env and key_file: keep one")
    if config.key_env:
        key = os.environ.get(config.key_env, "").strip()
        if not key:
            raise ConfigError(f"[model] key_env: the variable {config.key_env!r} is not set")
    elif config.key_file:
        key = _key_in(Path(config.key_file).expanduser())
    else:
        return ""
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise ConfigError("[model]: what key_env or key_file holds is no key (one word, one line)")
    return key


def _key_in(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise ConfigError(
                    f"[model] key_file: others can read {str(path)!r}; `chmod 600` it"
                )
            return file.read(10_000).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"[model] key_file: cannot read {str(path)!r}") from error


plugin: Plugin[Config, LanguageModel] = Plugin(Config, ServerModel)
