"""Serves the preview of one content folder to this machine's author, and to nobody else."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import PurePosixPath
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from deckgen.diagnostic import DeckgenError
from deckgen.media import Media, MediaFolder
from deckgen.notetype import USER_STYLING, user_styling
from deckgen.preview import pages
from deckgen.preview.cards import shown
from deckgen.preview.guard import FRAMES, Guard, Keys
from deckgen.preview.snapshot import BLANK, change
from deckgen.preview.studio import Studio

HEARTBEAT = 15.0  # seconds; so that a page that is gone is noticed
SANDBOX = "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox"
FRAME_HEADERS = {
    # A sandboxed frame is of no origin, and fonts are only loaded where that may read them.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
MEDIA_TYPES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".mkv": "video/x-matroska",
    ".mov": "video/quicktime",
    ".mp4": "video/mp4",
    ".ogv": "video/ogg",
    ".webm": "video/webm",
}


class Preview:
    """The answers to the page's requests; `root` is the content folder as the author writes it.

    `editor` is the address that opens a file in an editor, with `{path}` for its path below the
    content folder and `{line}` for its line, or empty.
    """

    def __init__(self, studio: Studio, root: str, editor: str) -> None:
        self._studio = studio
        self._root = root
        self._editor = editor

    def app(self, keys: Keys) -> Starlette:
        """All of it, behind a guard."""
        base = keys.base
        routes = [
            Route(base, self._index),
            Route(f"{base}events", self._events),
            Route(f"{base}cards/{{name}}", self._card),
            Route(f"{base}{FRAMES}{{path:path}}", self._frame),
            Route(f"{base}{{name}}", self._own),
        ]
        guard = Middleware(Guard, keys=keys)
        return Starlette(routes=routes, middleware=[guard], lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        running = asyncio.create_task(self._studio.run())
        yield
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    async def _index(self, request: Request) -> Response:
        page = pages.index("Preview", "live.js", root=self._root, editor=self._editor)
        headers = {"Content-Security-Policy": f"{pages.PAGE_POLICY}; frame-ancestors 'none'"}
        return Response(page, headers=headers, media_type=pages.TYPES[".html"])

    async def _own(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in (*pages.PAGE_FILES, "live.js"):
            raise HTTPException(404)
        return Response(pages.own(name), media_type=pages.TYPES[PurePosixPath(name).suffix])

    async def _card(self, request: Request) -> Response:
        card = self._studio.snapshot.cards.get(request.path_params["name"])
        if card is None:
            raise HTTPException(404)
        return JSONResponse({**shown(card), "digest": card.digest})

    async def _events(self, request: Request) -> Response:
        return StreamingResponse(self._told(), media_type="text/event-stream")

    async def _told(self) -> AsyncIterator[str]:
        """Server-sent events: first the whole deck, then what changes of it."""
        event, seen = "deck", BLANK
        while not self._studio.closed:
            snapshot = await self._studio.newer(seen, HEARTBEAT)
            if snapshot is seen:
                yield ": still here\n\n"
                continue
            yield f"event: {event}\ndata: {json.dumps(change(seen, snapshot))}\n\n"
            event, seen = "change", snapshot

    async def _frame(self, request: Request) -> Response:
        path = PurePosixPath(request.path_params["path"])
        headers = dict(FRAME_HEADERS)
        content: bytes | str | None
        if path.suffix == ".html" and path.stem in pages.CLIENTS:
            headers["Content-Security-Policy"] = f"{pages.FRAME_POLICY}; {SANDBOX}"
            content = pages.frame(path.stem)
        elif path.as_posix() in pages.FRAME_FILES:
            content = pages.own(path.as_posix())
        elif path.parts[:1] == ("mathjax",):
            headers["Cache-Control"] = "max-age=86400"  # it never changes, and the path is new
            content = pages.mathjax(path.relative_to("mathjax").as_posix())
        elif path.as_posix() == USER_STYLING:
            content = user_styling()
        else:
            content = await run_in_threadpool(self._media, path.as_posix())
            headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
        if content is None:
            raise HTTPException(404)
        kind = pages.TYPES.get(path.suffix) or MEDIA_TYPES.get(path.suffix)
        return Response(content, headers=headers, media_type=kind)

    def _media(self, name: str) -> bytes | None:
        """The bytes of a media file by its packaged name, if a card shows it as it is now."""
        path = self._studio.snapshot.media.get(name)
        if path is None:
            return None
        with suppress(DeckgenError):
            return MediaFolder(self._studio.folder, 0).read(Media(name, path, 0))
        return None


def listen(port: int) -> socket.socket:
    """A socket on the loopback interface; 0: any free port. DeckgenError: the port is taken."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DeckgenError(f"cannot listen on port {port}: {reason}") from error


def serve(
    preview: Preview, studio: Studio, listening: socket.socket, opened: Callable[[Keys], None]
) -> None:
    """Serve until interrupted; `opened` is called once pages can be asked for."""
    keys = Keys(listening.getsockname()[1])
    config = uvicorn.Config(
        preview.app(keys),
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    server = _Server(config, studio, lambda: opened(keys))
    with suppress(KeyboardInterrupt):
        server.run([listening])


class _Server(uvicorn.Server):
    """Ends the streams of events, which would last for ever, when it is to end itself."""

    def __init__(self, config: uvicorn.Config, studio: Studio, opened: Callable[[], None]) -> None:
        super().__init__(config)
        self._studio = studio
        self._opened = opened

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self._opened()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        asyncio.run_coroutine_threadsafe(self._studio.close(), self._loop)
