"""A server on this machine that serves miniature data sets, and misbehaves on request."""

import http.server
import threading
from dataclasses import dataclass, field

import pytest

from dbl_core.download import fetch

DATE = "Mon, 01 Jan 2024 00:00:00 GMT"


@dataclass
class Site:
    """What the server serves, and how.

    Attributes:
        files: Path -> bytes.
        base: URL of the server.
        cut: Path -> after how many bytes of the file the next answers break off; one entry is used up a time.
        no_ranges: Paths whose ranges are ignored, as simple servers do.
        no_validator: Paths without an entity tag.
        redirects: Path -> Location.
        status: Path -> status answered instead of the file.
        headers: Path -> headers that replace the usual ones; None leaves one out.
        requests: (path, value of the Range header) in the order they came.
        gate: Path -> event that the answer waits for after its first kilobyte.
    """

    base: str = ""
    files: dict = field(default_factory=dict)
    cut: dict = field(default_factory=dict)
    no_ranges: set = field(default_factory=set)
    no_validator: set = field(default_factory=set)
    redirects: dict = field(default_factory=dict)
    status: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)
    requests: list = field(default_factory=list)
    gate: dict = field(default_factory=dict)

    def url(self, path: str) -> str:
        return self.base + path


class _Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        site, path = self.server.site, self.path
        site.requests.append((path, self.headers.get("Range")))
        if path in site.redirects:
            self._head(302, {"Location": site.redirects[path], "Content-Length": "0"})
        elif path in site.status or path not in site.files:
            self._head(site.status.get(path, 404), {"Content-Length": "0"})
        else:
            self._file(site, path, site.files[path])

    def _file(self, site, path, data):
        tag = f'"{hash(data)}"'
        start, wanted = 0, self.headers.get("Range")
        if wanted and path not in site.no_ranges and self.headers.get("If-Range") == tag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(data):
                self._head(416, {"Content-Length": "0"})
                return
        headers = {"Content-Length": str(len(data) - start), "Content-Type": "application/octet-stream"}
        if path not in site.no_validator:
            headers["ETag"] = tag
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self._head(206 if start else 200, headers | site.headers.get(path, {}))
        self._send(site, path, data, start)

    def _head(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()

    def _send(self, site, path, data, start):
        end = len(data)
        if site.cut.get(path):
            end = min(end, max(site.cut[path].pop(0), start))
        first = min(start + 1024, end)
        try:
            self.wfile.write(data[start:first])
            if path in site.gate:
                self.wfile.flush()
                site.gate[path].wait(20)
            self.wfile.write(data[first:end])
        except OSError:
            pass
        self.close_connection = True


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that leaves early is part of the tests."""


@pytest.fixture
def site(monkeypatch):
    """A server on a free port of this machine; proxies of the environment are not asked."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.site = Site(base=f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server.site
        for event in server.site.gate.values():
            event.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def hasty():
    """Little patience, so that failures show soon."""
    return fetch.Patience(timeout_s=5.0, attempts=3, pause_s=0.01)
