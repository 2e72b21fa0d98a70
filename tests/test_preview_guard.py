"""Who is let in by `deckgen preview`: seen with plain requests, as any program can send them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from previewed import Previewed
from shell import DECK, ONE_QUESTION, Folder

FRAME = "frame/desktop.html"
PRIVATE = ("", "preview.js", "events", "cards/one")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Previewed]:
    folder = Folder(tmp_path_factory.mktemp("guard"), DECK)
    folder.write("a.md", ONE_QUESTION)
    with Previewed(folder.content) as preview:
        yield preview


@pytest.mark.parametrize("path", PRIVATE)
def test_without_the_token_nothing_is_shown(running: Previewed, path: str) -> None:
    """Not the page, not the events, not a card."""
    assert running.get(path).status == 403
    assert running.get(path, Cookie="deckgen=").status == 403
    assert running.get(path, Cookie="deckgen=wrong").status == 403
    assert running.get(f"{path}?token=wrong").status == 403
    assert running.get(f"{path}?token=").status == 403


@pytest.mark.parametrize("path", ("/", "/preview.js", "/events", "/x/frame/desktop.html", "//"))
def test_outside_the_secret_path_there_is_nothing(running: Previewed, path: str) -> None:
    """Also what frames load, which need no cookie, is below it."""
    assert running.get(path, Cookie=running.cookie()).status == 403


@pytest.mark.parametrize("path", (*PRIVATE, FRAME))
@pytest.mark.parametrize(
    "host", ("evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "", "127.0.0.1.x")
)
def test_another_name_for_this_machine_is_refused(running: Previewed, path: str, host: str) -> None:
    """DNS rebinding: another page's name server says that its name is 127.0.0.1."""
    named = host.format(port=running.port)
    assert running.get(path, Host=named, Cookie=running.cookie()).status == 403


@pytest.mark.parametrize("path", PRIVATE)
@pytest.mark.parametrize("site", ("cross-site", "same-site"))
def test_another_page_is_refused_even_with_the_cookie(
    running: Previewed, path: str, site: str
) -> None:
    """A page on another port of this machine is of the same site."""
    assert running.get(path, Cookie=running.cookie(), Sec_Fetch_Site=site).status == 403


def test_with_the_cookie_everything_is_shown(running: Previewed) -> None:
    cookie = running.cookie()
    assert running.get("", Cookie=cookie).status == 200
    assert running.get("preview.js", Cookie=cookie).status == 200
    assert running.get("events", Cookie=cookie).readline() == b"event: deck\n"
    assert running.get("cards/one", Cookie=cookie).status == 200
    assert running.get("cards/two", Cookie=cookie).status == 404
    assert running.get("", Cookie=cookie, Host=f"localhost:{running.port}").status == 200


def test_the_cookie_is_shown_to_nobody_else(running: Previewed) -> None:
    """For this path alone, not for scripts, not for requests of other sites."""
    answer = running.get(running.address.partition(f":{running.port}")[2])
    cookie = (answer.getheader("Set-Cookie") or "").lower()
    assert f"; path={running.path.lower()}" in cookie
    assert "; httponly" in cookie and "; samesite=strict" in cookie
    assert answer.getheader("Location") == running.path
    assert running.address.partition("token=")[2] not in cookie


def test_the_frame_of_a_card_is_sandboxed_also_when_opened_alone(running: Previewed) -> None:
    """It needs no cookie, and what it may do is said by the server, not only by the page."""
    answer = running.get(FRAME)
    policy = answer.getheader("Content-Security-Policy") or ""
    assert answer.status == 200
    assert "sandbox allow-scripts" in policy and "allow-same-origin" not in policy
    assert "default-src 'none'" in policy and "script-src 'self'" in policy


@pytest.mark.parametrize(
    "path",
    (
        "frame/a.md",
        "frame/deck.yaml",
        "frame/../a.md",
        "frame/..%2f..%2fa.md",
        "frame/mathjax/../../../a.md",
        "frame/mathjax/input/tex.js",
        "frame/deckgen-00000000000000000000.png",
        "static/preview.js",
        "templates/index.html",
    ),
)
def test_only_what_cards_show_is_served(running: Previewed, path: str) -> None:
    """No source file, nothing above the folder, and of MathJax what a card needs."""
    assert running.get(path, Cookie=running.cookie()).status == 404


@pytest.mark.parametrize("path", ("", FRAME, "frame/frame.js", "preview.css", "cards/one"))
def test_every_answer_says_what_may_be_done_with_it(running: Previewed, path: str) -> None:
    answer = running.get(path, Cookie=running.cookie())
    assert answer.status == 200
    assert "default-src 'none'" in (answer.getheader("Content-Security-Policy") or "")
    assert answer.getheader("X-Content-Type-Options") == "nosniff"
    assert answer.getheader("Referrer-Policy") == "no-referrer"
    assert answer.getheader("Server") is None


@pytest.mark.parametrize("method", ("POST", "PUT", "DELETE", "OPTIONS"))
def test_there_is_nothing_to_change(running: Previewed, method: str) -> None:
    assert running.get("", method=method, Cookie=running.cookie()).status == 405


def test_a_ticket_lets_in_once() -> None:
    """What a browser is started with can be seen by other users of the machine."""
    from deckgen.preview.guard import Keys

    keys = Keys(1)
    ticket, again = (keys.ticket().partition("token=")[2] for _ in range(2))
    assert keys.fits(ticket) and not keys.fits(ticket)
    assert keys.fits(again)
    token = keys.address.partition("token=")[2]
    assert keys.fits(token) and keys.fits(token)


def test_the_machine_alone_is_listened_to(running: Previewed) -> None:
    """The socket is bound to the loopback address, not to all of them."""
    listening = {
        line.split()[1]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[1].endswith(f":{running.port:04X}") and line.split()[3] == "0A"
    }
    assert listening == {f"0100007F:{running.port:04X}"}
