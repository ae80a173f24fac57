"""One request over the openai SDK: what goes out, what may come back, and until when.

The SDK reads its environment (organisation, project, extra headers, proxies) and would
send it to whatever server it is pointed at. Here a transport of ours has the last word:
only headers of a short list leave, no redirect is followed, no proxy of the environment is
used, and the clock and the size of the reply are watched block by block.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import openai

from viewfinder.domain.errors import ModelError

_SENT_HEADERS = frozenset(
    {"host", "content-type", "content-length", "connection", "accept", "authorization"}
)
_MOST_BYTES = 8 << 20
_CONNECT_S = 10.0
_NOT_TAKEN = (400, 404, 415, 422, 501)
_NO_KEY = "none"


class _Stop(openai.OpenAIError):
    """Ends a request at once; the SDK passes its own errors on without another try."""


class Wire:
    """A server, asked one thing at a time."""

    def __init__(
        self,
        base_url: str,
        destination: str,
        *,
        key: str,
        retries: int,
        refused: Callable[[str, frozenset[str]], Exception],
    ) -> None:
        """Connect to nothing yet.

        Args:
            base_url: Where.
            destination: Host and port, for messages.
            key: Empty for none.
            retries: Left to the SDK, with its back-off.
            refused: Makes the exception for a request that the server does not take.
        """
        self._base_url, self._destination = base_url, destination
        self._key, self._retries, self._refused = key, retries, refused
        self._line = httpx2.HTTPTransport(
            verify=ssl.create_default_context(), trust_env=False, retries=0
        )

    def reply(self, request: dict[str, Any], deadline_s: float) -> Iterator[str]:
        """Yield the pieces of a reply; closing it closes the connection.

        Raises:
            ModelError: No reply, or only a part of one.
        """
        guard = _Guard(self._line, deadline_s, has_key=bool(self._key))
        http = httpx2.Client(transport=guard, trust_env=False, follow_redirects=False)
        try:
            client = openai.OpenAI(
                api_key=self._key or _NO_KEY,
                base_url=self._base_url,
                max_retries=self._retries,
                http_client=http,
            )
            with client.chat.completions.create(**request, stream=True) as stream:
                yield from self._pieces(stream)
        except openai.APIStatusError as error:
            raise self._status(error, request) from None
        except (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError) as error:
            raise ModelError(self._why(error, is_late=time.monotonic() >= deadline_s)) from None
        except (ValueError, AttributeError, TypeError) as error:
            raise ModelError(
                f"{self._destination} answered, but not as the chat-completions protocol"
                f" says ({type(error).__name__}); is `base_url` right?"
            ) from None

    def _pieces(self, stream: Any) -> Iterator[str]:
        ended = False
        for chunk in stream:
            for choice in chunk.choices[:1]:
                if piece := choice.delta.content:
                    yield str(piece)
                ended = ended or choice.finish_reason is not None
        if not ended:
            raise _Stop("the reply broke off")

    def _status(self, error: openai.APIStatusError, request: dict[str, Any]) -> Exception:
        code = error.status_code
        said = self._clean(error.message)
        if code in (401, 403):
            advice = "it refused the key, or asks for one; see `key_env` and `key_file`"
        elif code == 429:
            advice = "it is busy or the account is used up; try again later"
        elif code == 404 and "response_format" not in request:
            advice = f"it knows no model {request['model']!r} there, or `base_url` lacks /v1"
        elif code in _NOT_TAKEN:
            words = f"{error.param or ''} {error.message}"
            names = frozenset(name for name in request if name in words)
            return self._refused(f"{self._destination} refused the request: {said}", names)
        else:
            advice = f"it failed: {said}"
        return ModelError(f"{self._destination} answered {code}: {advice}")

    def _why(self, error: Exception, *, is_late: bool) -> str:
        if is_late or isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
            return (
                f"{self._destination} gave no whole reply in time; give it more (`timeout_s`"
                " under [model]) or a smaller model"
            )
        if isinstance(error, openai.APIConnectionError):
            return (
                f"{self._destination} cannot be reached ({self._clean(str(error.__cause__))});"
                " is the server running, and `base_url` under [model] right?"
            )
        return f"{self._destination}: {self._clean(str(error))}"

    def _clean(self, said: str) -> str:
        """Return a server's words as one short line, without the key should they hold it."""
        if self._key:
            said = said.replace(self._key, "(key)")
        return " ".join("".join(c if c.isprintable() else " " for c in said).split())[:200]


class _Guard(httpx2.BaseTransport):
    """The last station before the network."""

    def __init__(self, line: httpx2.BaseTransport, deadline_s: float, *, has_key: bool) -> None:
        self._line, self._deadline_s = line, deadline_s
        self._kept = _SENT_HEADERS if has_key else _SENT_HEADERS - {"authorization"}

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        left_s = self._left_s(request)
        for name in list(request.headers):
            if name.lower() not in self._kept:
                del request.headers[name]
        request.headers["accept-encoding"] = "identity"  # so that the size below is the size
        request.extensions["timeout"] = {
            "connect": min(_CONNECT_S, left_s),
            **dict.fromkeys(("read", "write", "pool"), left_s),
        }
        response = self._line.handle_request(request)
        if 300 <= response.status_code < 400:
            response.close()
            raise _Stop(
                "it sends the request on to another address, which is not followed: put the"
                " right one into `base_url` under [model]"
            )
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code == 200 and kind != "text/event-stream":
            response.close()
            raise _Stop(f"it answered with {kind[:60] or 'nothing'} and not with a stream")
        headers = dict(response.headers)
        left_s = max(0.0, self._deadline_s - time.monotonic())
        if _seconds(headers.get("retry-after", "")) > left_s:
            headers["x-should-retry"] = "false"  # the SDK would sleep past the end
        watched = _Watched(response, left_s)
        return httpx2.Response(response.status_code, headers=headers, stream=watched)

    def _left_s(self, request: httpx2.Request) -> float:
        left_s = self._deadline_s - time.monotonic()
        if left_s <= 0:
            raise openai.APITimeoutError(request=request)
        return left_s


class _Watched(httpx2.SyncByteStream):
    """The body of an answer, no longer and no larger than it may be."""

    def __init__(self, response: httpx2.Response, left_s: float) -> None:
        self._response, self._left_s = response, left_s

    def __iter__(self) -> Iterator[bytes]:
        size_bytes = 0
        assert isinstance(self._response.stream, httpx2.SyncByteStream)
        # Each read may take as long as all of them together, so a dribble needs a clock.
        ending = threading.Timer(self._left_s, self._hang_up)
        ending.daemon = True
        ending.start()
        try:
            for block in self._response.stream:
                size_bytes += len(block)
                if size_bytes > _MOST_BYTES:
                    raise _Stop(f"the reply is larger than {_MOST_BYTES >> 20} MB")
                yield block
        finally:
            ending.cancel()

    def _hang_up(self) -> None:
        line = self._response.extensions["network_stream"].get_extra_info("socket")
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._response.close()


def _seconds(text: str) -> float:
    try:
        return float(json.loads(text or "0"))
    except (ValueError, TypeError):
        return 0.0
