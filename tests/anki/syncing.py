"""Anki's own sync server on this machine, and learners with several devices."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anki.collection import Collection
from anki.sync_pb2 import SyncCollectionResponse
from learner import Learner

ADDRESS = "127.0.0.1"
ACCOUNTS = 20
PASSWORD = "secret"
PATIENCE = 20  # seconds


class Server:
    """A running server, whose accounts are given out in turn."""

    def __init__(self, port: int) -> None:
        self.endpoint = f"http://{ADDRESS}:{port}/"
        self._used = 0

    def account(self) -> Account:
        """One that nobody has used, or used last; a device must then replace what is there."""
        self._used = self._used % ACCOUNTS + 1
        return Account(self.endpoint, f"learner{self._used}")


class Account:
    """One learner's account; each of their devices synchronizes with it."""

    def __init__(self, endpoint: str, name: str) -> None:
        self._endpoint, self._name = endpoint, name

    def sync(self, device: Learner) -> bool:
        """Synchronize notes, cards, reviews and media; False if Anki demands all or nothing.

        That is: one side would have to replace the other as a whole.
        """
        login = device.col.sync_login(self._name, PASSWORD, self._endpoint)
        output = device.col.sync_collection(login, sync_media=True)
        wait_for_media(device.col)
        device.col.models._clear_cache()
        return bool(output.required == SyncCollectionResponse.NO_CHANGES)

    def replaces(self, device: Learner, *, upload: bool) -> None:
        """Let the device replace the server's collection, or the other way round."""
        login = device.col.sync_login(self._name, PASSWORD, self._endpoint)
        usn = device.col.sync_collection(login, sync_media=False).server_media_usn
        device.col.close_for_full_sync()
        device.col.full_upload_or_download(auth=login, server_usn=usn, upload=upload)
        device.col.reopen(after_full_sync=True)
        wait_for_media(device.col)


def wait_for_media(col: Collection) -> None:
    """Media come in the background."""
    end = time.monotonic() + PATIENCE
    while col.media_sync_status().active:
        assert time.monotonic() < end, "the media did not arrive"
        time.sleep(0.01)


@contextmanager
def running_server(folder: Path) -> Iterator[Server]:
    """A sync server that only this machine can reach, until the block ends."""
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        port = probe.getsockname()[1]
    settings = {
        "SYNC_HOST": ADDRESS,
        "SYNC_PORT": str(port),
        "SYNC_BASE": str(folder),
        "PASSWORDS_HASHED": "1",
    }
    users = {f"SYNC_USER{n}": f"learner{n}:{_hash(PASSWORD)}" for n in range(1, ACCOUNTS + 1)}
    inherited = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "anki.syncserver"],
            env={**inherited, **settings, **users},
            stdout=log,
            stderr=log,
        )
        try:
            _wait_until_ready(f"http://{ADDRESS}:{port}/health", process)
            yield Server(port)
        finally:
            process.kill()
            process.wait()


def _hash(password: str, rounds: int = 1000) -> str:
    """As the server keeps passwords; few rounds, for it checks one at each login."""
    salt = b"sixteen bytes..."
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds, 32)
    texts = (base64.b64encode(text).decode().rstrip("=") for text in (salt, key))
    return f"$pbkdf2-sha256$i={rounds},l=32$" + "$".join(texts)


def _wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + PATIENCE
    while True:
        assert process.poll() is None, "the sync server ended"
        assert time.monotonic() < end, "the sync server does not answer"
        try:
            with opener.open(address, timeout=1):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.05)
