"""A language model on this machine: a GGUF file, run by llama.cpp (``xllamacpp``).

The library is C++ and runs in a process of its own (``server``): a crash ends a reply and
not the program, a reply that is no longer wanted stops in the middle, and the memory is
given back with the process. The two speak over a socket file; nothing listens on a port.

References:
    Gerganov and others, *llama.cpp*, tools/server (the paths used here).
    Moskal, Musuvathi & Kiciman, *LLGuidance*, 2025 (decoding held to a JSON schema).
"""

from __future__ import annotations

import contextlib
import http.client
import json
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from viewfinder.adapters.models.gguf.keeper import Keeper, cores
from viewfinder.domain.errors import ConfigError, ModelError, PluginUnavailable
from viewfinder.domain.prompt import Prompt, fitted, messages
from viewfinder.domain.provenance import Digest, Tool
from viewfinder.ports import LanguageModel, Plugin

_SPARE_TOKENS = 8
_ONE_LINE = {"whitespace_flexible": False, "key_separator": ": ", "item_separator": ", "}
"""JSON with single blanks where models write them anyway. Free to choose, small models fill
their reply with line breaks; without any blanks they close every list at once."""


@dataclass(frozen=True, slots=True)
class Config:
    """Which file, and how it is run.

    Attributes:
        folder: Holds ``model.gguf``.
        digests: SHA-256 of the file.
        name: Of the model, for the log.
        threads: Threads of the model; 0 means one per core.
        context_tokens: Prompt and reply together; more needs more memory.
    """

    folder: str = ""
    digests: tuple[Digest, ...] = ()
    name: str = "gguf"
    threads: int = 0
    context_tokens: int = 4096


class GgufModel:
    """Implements ``ports.LanguageModel``. Opened on the first prompt, then kept."""

    def __init__(self, config: Config) -> None:
        """Look whether everything is there; load nothing.

        Raises:
            PluginUnavailable: The library or the file is missing; says how to get it.
            ConfigError: A setting makes no sense.
        """
        if config.threads < 0 or config.context_tokens < 256:
            raise ConfigError(
                f"model {config.name!r}: threads must be 0 or more and context_tokens 256 or"
                f" more, not {config.threads} and {config.context_tokens}"
            )
        try:
            library = version("xllamacpp")
        except PackageNotFoundError as error:
            raise PluginUnavailable(
                f"the model {config.name!r} needs xllamacpp: `pip install 'viewfinder[local-llm]'`"
            ) from error
        path = Path(config.folder) / "model.gguf"
        if not path.is_file():
            raise PluginUnavailable(
                f"no model in {str(path)!r}: run `viewfinder models fetch {config.name}`"
            )
        self._config = config
        self._tool = Tool(config.name, f"xllamacpp {library}", config.digests)
        self._keeper = Keeper(path, config.threads or cores(), config.context_tokens)

    @property
    def tool(self) -> Tool:
        return self._tool

    @property
    def destination(self) -> str:
        """Empty: prompts stay on this machine."""
        return ""

    @property
    def pid(self) -> int | None:
        """The process that holds the model; None where none runs."""
        return self._keeper.pid

    def generate(
        self, prompt: Prompt, *, max_tokens: int, seed: int, timeout_s: float
    ) -> Iterator[str]:
        """Yield the reply piece by piece; see ``ports.LanguageModel``.

        Raises:
            ModelError: It failed, or ran out of time, or the instructions do not fit.
            PluginUnavailable: The file is no model that can be loaded.
        """
        self._keeper.start()
        deadline_s = time.monotonic() + timeout_s
        ask = partial(self._ask, deadline_s=deadline_s)
        room = self._config.context_tokens - max_tokens - _SPARE_TOKENS
        cut = fitted(prompt, room, lambda each: _tokens(ask, _templated(ask, each)))
        if cut is None:
            raise ModelError(
                f"the instructions and the question leave no room for {max_tokens} tokens of"
                f" reply in {self._config.context_tokens}: ask in fewer words"
            )
        request: dict[str, Any] = {
            "prompt": _templated(ask, cut),
            "n_predict": max_tokens,
            "seed": seed,
            "temperature": 0,
            "stream": True,
        }
        if prompt.schema:
            request["json_schema"] = _schema(prompt.schema)
        with contextlib.closing(self._keeper.connection(timeout_s)) as line:
            if not (yield from _pieces(self._sent(line, "/completion", request, deadline_s))):
                raise self._broken()

    def close(self) -> None:
        """End the process that holds the model; a later prompt starts it again."""
        self._keeper.stop()

    def _ask(self, path: str, body: dict[str, Any], *, deadline_s: float) -> Any:
        line = self._keeper.connection(max(0.01, deadline_s - time.monotonic()))
        with contextlib.closing(line):
            answer = b"".join(self._sent(line, path, body, deadline_s))
        try:
            return json.loads(answer)
        except ValueError as error:
            raise self._broken() from error

    def _broken(self) -> ModelError:
        how = self._keeper.epitaph()
        return ModelError(f"{self._config.name!r} stopped in the middle: {how}")

    def _sent(
        self,
        line: http.client.HTTPConnection,
        path: str,
        body: dict[str, Any],
        deadline_s: float,
    ) -> Iterator[bytes]:
        """Yield the lines of the answer; every way to fail is a ``ModelError``."""
        try:
            line.request("POST", path, json.dumps(body), self._keeper.headers)
            answer = line.getresponse()
            if answer.status != 200:
                raise ModelError(f"{self._config.name!r} failed: {_reason(answer.read(65_536))}")
            while got := answer.readline():
                yield got
                if time.monotonic() > deadline_s:
                    raise TimeoutError
        except TimeoutError as error:
            raise ModelError(
                f"{self._config.name!r} ran out of time; give it more (`timeout_s` under"
                " [model]) or a smaller model (`weights`)"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise self._broken() from error


def _templated(ask: Any, prompt: Prompt) -> str:
    """Return the prompt in the model's own chat template."""
    return str(ask("/apply-template", {"messages": messages(prompt)})["prompt"])


def _tokens(ask: Any, text: str) -> int:
    return len(ask("/tokenize", {"content": text, "parse_special": True})["tokens"])


def _schema(text: str) -> dict[str, Any]:
    try:
        schema = json.loads(text)
    except ValueError as error:
        raise ModelError(f"the schema for the reply is not JSON: {error}") from error
    if not isinstance(schema, dict):
        raise ModelError(f"the schema for the reply is no JSON object: {text[:100]}")
    return {"x-guidance": _ONE_LINE, **schema}


def _pieces(lines: Iterator[bytes]) -> Generator[str, None, bool]:
    """Yield the words of an event stream; return whether it said that it is complete."""
    for line in lines:
        if not line.endswith(b"\n"):
            return False
        if line.startswith(b"error:"):
            raise ModelError(f"the model failed: {_reason(line.removeprefix(b'error:'))}")
        if not line.startswith(b"data:"):
            continue
        event = json.loads(line.removeprefix(b"data:"))
        if "error" in event:
            raise ModelError(f"the model failed: {event['error'].get('message', 'no reason')}")
        if piece := event.get("content", ""):
            yield piece
        if event.get("stop"):
            return True
    return False


def _reason(body: bytes) -> str:
    with contextlib.suppress(ValueError, KeyError, TypeError):
        return str(json.loads(body)["error"]["message"])[:300]
    return body[:300].decode("utf-8", "replace")


plugin: Plugin[Config, LanguageModel] = Plugin(Config, GgufModel)
