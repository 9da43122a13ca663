"""One HTTP answer, reduced to what a download needs to know.

Only http and https, at most five redirects, none from https back to http, time-outs on every wait, no compression on
the way (sizes and ranges are those of the file). Proxies are taken from the environment, as everywhere.
"""

from __future__ import annotations

import http.client
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_AGENT = "long-tail-lab"
_PASSING_CODES = (408, 425, 429, 500, 502, 503, 504)


class BrokenOffError(Exception):
    """The connection failed or broke off; another attempt may go further."""


class RefusedError(Exception):
    """The server answered something that another attempt will not change."""


class CannotContinueError(BrokenOffError):
    """What has arrived cannot be continued; another attempt has to start at the beginning."""


class MissingError(RefusedError):
    """The server does not have the file."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = 5

    def redirect_request(self, request: Any, *answer: Any) -> urllib.request.Request | None:
        new_url = str(answer[-1])
        if not re.match(r"https?://", new_url, re.IGNORECASE):
            raise RefusedError(f"redirects to {new_url[:100]!r}, which is neither http nor https")
        if request.type == "https" and not new_url.lower().startswith("https:"):
            raise RefusedError("redirects from https to unprotected http")
        return super().redirect_request(request, *answer)


def _opener() -> urllib.request.OpenerDirector:
    """An opener that knows http and https and nothing else: no files, no ftp, no data URLs."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
        _Redirects,
    ):
        opener.add_handler(handler())
    return opener


@dataclass(frozen=True)
class Answer:
    """What a server sends.

    Attributes:
        start: Byte of the file at which it begins.
        total: Bytes of the whole file, None when the server does not say.
        validator: Entity tag or date that tells this version of the file from another, empty when there is none.
    """

    start: int
    total: int | None
    validator: str
    _response: Any

    def blocks(self, size: int) -> Iterator[bytes]:
        """The bytes, at most ``size`` at a time.

        Raises:
            BrokenOffError: The connection broke or was silent for too long.
            RefusedError: It is a web page.
        """
        first = self.start == 0
        while block := self._read(size):
            if first and _is_html(block, self._response.headers.get_content_type()):
                raise RefusedError(
                    "answers with a web page where a file should be (a login page, or the file has moved)"
                )
            first = False
            yield block

    def _read(self, size: int) -> bytes:
        try:
            return self._response.read1(size)
        except (http.client.HTTPException, OSError) as error:
            raise BrokenOffError(f"broke off ({_words(error)})") from error


@contextmanager
def open_url(url: str, *, start: int = 0, validator: str = "", timeout_s: float = 30.0) -> Iterator[Answer]:
    """Ask for a file, from a byte on if the server still has the version of ``validator``.

    Raises:
        BrokenOffError: No connection, a time-out, or a server that is busy.
        CannotContinueError: It does not go on from there.
        MissingError: It does not have the file.
        RefusedError: Any other answer than the file.
    """
    headers = {"User-Agent": _AGENT, "Accept-Encoding": "identity"}
    if start:
        headers |= {"Range": f"bytes={start}-", "If-Range": validator}
    try:
        response = _opener().open(urllib.request.Request(url, headers=headers), timeout=timeout_s)
    except urllib.error.HTTPError as error:
        error.close()
        raise _refusal(error) from error
    except (http.client.HTTPException, OSError) as error:
        raise _no_connection(error) from error
    with response:
        yield _answer(response, start)


def _answer(response: Any, asked_start: int) -> Answer:
    """Read the headers of a good answer."""
    headers = response.headers
    length = headers.get("Content-Length", "")
    total = int(length) if length.isdecimal() and len(length) < 16 else None
    start = 0
    if response.status == 206:
        span = re.fullmatch(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15}|\*)", headers.get("Content-Range", "").strip())
        if not span or int(span[1]) != asked_start:
            raise CannotContinueError("sends another part of the file than the one asked for")
        start = asked_start
        total = int(span[2]) if span[2] != "*" else None if total is None else start + total
    elif response.status != 200:
        raise RefusedError(f"answers with status {response.status}")
    if headers.get("Content-Encoding", "identity").lower() != "identity":
        raise RefusedError("sends the file compressed although that was not asked for")
    tag = headers.get("ETag", "")
    # A weak tag says that two versions are alike, not that their bytes can be joined.
    validator = tag if tag.startswith('"') else headers.get("Last-Modified", "")
    return Answer(start, total, validator, response)


def _refusal(error: urllib.error.HTTPError) -> Exception:
    """What a status that is no success means for a download."""
    if error.code in (404, 410):
        return MissingError(f"is not there (the server answers {error.code})")
    if error.code in _PASSING_CODES:
        return BrokenOffError(f"cannot be had now (the server answers {error.code})")
    if error.code == 416:
        return CannotContinueError("has no bytes after the part that has arrived")
    if 300 <= error.code < 400:
        return RefusedError("redirects too often, or to something that is no web address")
    return RefusedError(f"is refused (the server answers {error.code})")


def _no_connection(error: Exception) -> Exception:
    """A failure before any answer: most pass, a bad certificate does not."""
    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return RefusedError(f"has a certificate that cannot be trusted ({reason.verify_message})")
    return BrokenOffError(f"cannot be reached ({_words(reason)})")


def _words(error: object) -> str:
    """A few words on a failed connection."""
    if isinstance(error, TimeoutError):
        return "the server is silent"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _is_html(block: bytes, content_type: str) -> bool:
    """Whether the beginning of a file is that of a web page."""
    text = block[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return text.startswith((b"<!doctype html", b"<html")) or ("html" in content_type and text.startswith(b"<"))
