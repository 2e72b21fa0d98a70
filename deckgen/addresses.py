"""What the addresses in a note lead to: its pictures, sounds and links, in Markdown's tree."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element as Node

from deckgen import html_rules
from deckgen.diagnostic import Diagnostic, Severity, Span
from deckgen.fieldtree import SLOT, slot
from deckgen.media import Media, MediaFolder
from deckgen.question import Question
from deckgen.segment import Code, Formula, Segment

REFERENCE = re.compile(r"\[([^\[\]]+)\](?:\[([^\[\]]*)\])?")
HIDDEN = re.compile("\x02(\\d+)\x03")
WIDTH = re.compile(r"\{:?\s*((?:(?:width|height)\s*=\s*\"?\d+%?\"?\s*)+)\}")
SIZE = re.compile(r"(width|height)\s*=\s*\"?(\d+%?)")


class Addresses:
    """Those of one question after another; `used` are its media by name.

    `addresses` are its media by address as it is written.
    """

    def __init__(self, media: MediaFolder, texts: Mapping[str, str]) -> None:
        self._media = media
        self._texts = texts
        self._question: Question
        self._found: list[Diagnostic] = []
        self._slots: list[Segment | str] = []
        self._located = 0
        self.used: dict[str, Media] = {}
        self.addresses: dict[str, Media] = {}

    def start(self, question: Question, found: list[Diagnostic]) -> None:
        """Go on to this question; what is wrong with its addresses is added to `found`."""
        self._question, self._found = question, found
        self._located = question.body.start
        self.used, self.addresses = {}, {}

    def adjust(self, root: Node, slots: list[Segment | str]) -> None:
        """Bring the media and links of a tree into the form of a card; sounds get slots."""
        self._slots = slots
        for parent in list(root.iter()):
            for place, child in enumerate(list(parent)):
                if child.tag == "img":
                    self._image(parent, place, child)
                elif child.tag == "a":
                    self._link(child)
        for node in root.iter():
            for text in (node.text, node.tail):
                if text and "[" in text:
                    self._undefined_links(text)
            for name, text in node.attrib.items():
                if isinstance(text, str) and SLOT.search(text):
                    node.set(name, self._plain(text, as_written=name in ("href", "src")))

    def _image(self, parent: Node, place: int, image: Node) -> None:
        written = self._plain(image.get("src", ""), as_written=True)
        span = self._locate(written)
        media = self.media_at(written, span)
        if media is None:
            return
        if not media.is_image:
            self._slots.append(f"[sound:{media.name}]")
            sound = Node("span", {"class": "sound"})
            sound.text, sound.tail = slot(len(self._slots) - 1), image.tail
            parent[place] = sound
            return
        image.set("src", media.name)
        if not image.get("alt", "").strip():
            message = "the picture has no alternative text"
            hint = "say in the brackets what one sees: ![…](…)"
            self._fault(span, "image-alt", message, hint, Severity.WARNING)
        tail = image.tail or ""
        if size := WIDTH.match(tail):
            for name, pixels in SIZE.findall(size[1]):
                image.set(name, pixels)
            image.tail = tail[size.end() :]
        if parent.tag == "p" and not "".join(parent.itertext()).strip() and len(parent) == 1:
            # A box that a tap opens; AnkiDroid takes no tap on it for a gesture.
            parent.set("class", "picture tappable")
            parent.set("tabindex", "0")

    def _link(self, link: Node) -> None:
        target = self._plain(link.get("href", ""), as_written=True)
        parts = urlsplit(html.unescape(target).replace("\x02amp\x03", "&").strip())
        if parts.scheme.lower() in html_rules.URL_SCHEMES:
            return
        span = self._locate(target)
        if parts.scheme:
            message = f"a link to {parts.scheme}: is not allowed in a note"
            self._fault(span, "link-not-allowed", message, "use https:, http: or mailto:")
            link.attrib.clear()
        elif PurePosixPath(parts.path).suffix == ".md" or not parts.path:
            # For readers of the files; a card has no other file to go to.
            link.tag = "span"
            link.attrib.clear()
        else:
            message = f"the link to `{target}` leads nowhere from a card"
            hint = "write the whole address, from https:// on"
            self._fault(span, "link-relative", message, hint)

    def _undefined_links(self, text: str) -> None:
        """Tell of what stands in brackets and is defined as a link, but in another answer."""
        body = self._question.body
        whole = self._texts.get(body.path, "")
        others = f"{whole[: body.start]}\n{whole[body.end :]}" if "]:" in whole else ""
        for match in REFERENCE.finditer(text):
            label = re.escape(match[2] or match[1])
            defined = re.compile(rf"^ {{0,3}}\[{label}\]:", re.MULTILINE | re.IGNORECASE)
            if defined.search(others):
                message = f"the address of `{match[0]}` is defined in another answer"
                hint = "define it below this answer: each note stands alone"
                span = self._locate(match[0])
                self._fault(span, "link-undefined", message, hint, Severity.WARNING)

    def media_at(self, written: str, span: Span) -> Media | None:
        found = self._media.find(written, self._question.span.path, span)
        if isinstance(found, Diagnostic):
            self._found.append(found)
            return None
        self.used[found.name] = found
        self.addresses[written] = found
        return found

    def _locate(self, written: str) -> Span:
        """Where a link's target stands in the question, looked for from the last one on."""
        body = self._question.body
        text = self._texts.get(body.path, "")
        for target in (written, unquote(written)):
            at = text.find(target, self._located, body.end) if target else -1
            at = text.find(target, body.start, body.end) if at < 0 and target else at
            if at >= 0:
                self._located = at + 1
                return Span(body.path, at, at + len(target))
        return self._question.span

    def _plain(self, text: str, as_written: bool) -> str:
        """An attribute's text with slots as plain text: what was written, or what it says."""

        def fill(match: re.Match[str]) -> str:
            filled = self._slots[int(match[1])]
            if isinstance(filled, str):
                return ""
            if as_written:
                span = filled.span
                return self._texts.get(span.path, "")[span.start : span.end]
            return filled.passage.text if isinstance(filled, (Code, Formula)) else ""

        # What Python-Markdown has hidden of an escaped character; it would undo it later.
        text = HIDDEN.sub(lambda match: chr(int(match[1])), text)
        return SLOT.sub(fill, text)

    def _fault(
        self,
        span: Span,
        code: str,
        message: str,
        hint: str,
        severity: Severity = Severity.ERROR,
    ) -> None:
        self._found.append(Diagnostic(span, code, message, hint, severity))
