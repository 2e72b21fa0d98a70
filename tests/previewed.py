"""`deckgen preview` as a user runs it, and requests as any program on the machine can send them."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from shell import command, environment

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\S*")


class Previewed:
    """A preview that is running; ended like with Ctrl-C when the block is left."""

    def __init__(self, content: Path, *options: str) -> None:
        argv = command("preview", content, "--no-open", *options)
        self._process = subprocess.Popen(
            argv,
            cwd=content.parent,
            env=environment(PYTHONUNBUFFERED="1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._said = ("", "")
        self.first_line = self._process.stdout.readline()
        found = ADDRESS.search(self.first_line)
        assert found is not None, self._process.communicate(timeout=10)[1]
        self.address = found[0]
        parts = urlsplit(self.address)
        assert parts.port is not None
        self.port, self.path = parts.port, parts.path

    def __enter__(self) -> Previewed:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.interrupt()

    def interrupt(self) -> tuple[int, str, str]:
        """Ctrl-C: the exit code, and what was said from the second line on."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        code = self._process.wait(timeout=20)
        assert self._process.stdout is not None and self._process.stderr is not None
        if not self._process.stdout.closed:
            self._said = self._process.stdout.read(), self._process.stderr.read()
            self._process.stdout.close()
            self._process.stderr.close()
        return (code, *self._said)

    def get(self, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
        """The answer to a request for a path below the secret one, or an absolute one."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        place = path if path.startswith("/") else self.path + path
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, place, headers=named)
        return connection.getresponse()

    def cookie(self) -> str:
        """The cookie that the address of this preview gives a browser."""
        answer = self.get(self.address.partition(f":{self.port}")[2])
        assert answer.status == 303
        return (answer.getheader("Set-Cookie") or "").partition(";")[0]
