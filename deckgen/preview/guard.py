"""Who may see the preview: whoever has its address with the token in it, and nobody else.

The machine has other users, and the browser other pages. Everything lies below a path that cannot
be guessed, and the cookie is for that path alone, so that the browser shows it to no other port of
this machine. The sandboxed frames that show cards are given no cookie: what they load has that path
for its key, and no card's source is among it. A Host that is not ours is another page's, led here
by its own name server (DNS rebinding).
"""

from __future__ import annotations

from hmac import compare_digest
from secrets import token_urlsafe

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "deckgen"
FRAMES = "frame/"
"""Below the secret path, where all lies that the frames load."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""What every answer says, unless it says otherwise itself."""


class Keys:
    """What one run of the preview, on this port, lets in."""

    def __init__(self, port: int) -> None:
        self.hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        self.base = f"/{token_urlsafe(16)}/"
        self.cookie = token_urlsafe(32)
        self._token = token_urlsafe(32)
        self._tickets: set[str] = set()

    @property
    def address(self) -> str:
        """The address for the author, who may open it more than once."""
        return f"http://{self.hosts[0]}{self.base}?token={self._token}"

    def ticket(self) -> str:
        """An address that lets in once, for others can see what a browser is started with."""
        ticket = token_urlsafe(32)
        self._tickets.add(ticket)
        return f"http://{self.hosts[0]}{self.base}?token={ticket}"

    def fits(self, token: str) -> bool:
        """Whether the token of an address lets in; a ticket does so no more."""
        if token in self._tickets:
            self._tickets.remove(token)
            return True
        return compare_digest(token.encode(), self._token.encode())


class Guard:
    """Answers the requests that the keys do not let in, and passes on the others."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._judge(Request(scope))
        await (answer or self._app)(scope, receive, send_safely)

    def _judge(self, request: Request) -> Response | None:
        """The answer to a request that goes no further, or None if it is let in."""
        keys, path = self._keys, request.url.path
        if request.headers.get("host") not in keys.hosts or not path.startswith(keys.base):
            return _refusal()
        if path.startswith(keys.base + FRAMES):
            return None
        if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return _refusal()
        token = request.query_params.get("token")
        if token is not None:
            return self._welcome() if keys.fits(token) else _refusal()
        cookie = request.cookies.get(COOKIE, "")
        return None if compare_digest(cookie.encode(), keys.cookie.encode()) else _refusal()

    def _welcome(self) -> Response:
        """Leads on to the page itself, so that the token does not stay in the address."""
        answer = RedirectResponse(self._keys.base, 303)
        answer.set_cookie(
            COOKIE, self._keys.cookie, path=self._keys.base, httponly=True, samesite="strict"
        )
        return answer


def _refusal() -> Response:
    """The same for all, so that nobody learns what was wrong."""
    message = "Open the address that `deckgen preview` has printed, with its token.\n"
    return PlainTextResponse(message, 403)
