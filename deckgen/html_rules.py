"""Which HTML a note may hold; nh3 is the judge, and nothing is dropped without a word."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html.parser import HTMLParser

import nh3

# No `style`: colors fixed in a note are what makes cards unreadable in night mode.
EVERYWHERE = frozenset({"class", "dir", "id", "lang", "title"})
ATTRIBUTES = {
    "a": {"href"},
    "audio": {"src", "controls"},
    "col": {"span"},
    "colgroup": {"span"},
    "details": {"open"},
    "img": {"src", "alt", "width", "height"},
    "input": {"type", "checked", "disabled"},
    "li": {"value"},
    "ol": {"start", "type", "reversed"},
    "p": {"tabindex"},  # a picture that a tap opens
    "source": {"src", "type"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "video": {"src", "controls", "width", "height"},
}
TAGS = frozenset(
    "a abbr audio b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl "
    "dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img input ins kbd li mark ol p pre q rp rt "
    "ruby s samp section small source span strong sub summary sup table tbody td tfoot th thead "
    "time tr u ul var video wbr".split()
)
URL_SCHEMES = frozenset({"http", "https", "mailto"})
ALLOWED = {tag: set(EVERYWHERE | ATTRIBUTES.get(tag, set())) for tag in TAGS}
# Browsers keep these only inside their own kind; a fragment is judged within it.
FRAMES = {
    **dict.fromkeys(("caption", "colgroup", "thead", "tbody", "tfoot"), "<table>%s</table>"),
    "col": "<table><colgroup>%s</colgroup></table>",
    "tr": "<table><tbody>%s</tbody></table>",
    **dict.fromkeys(("td", "th"), "<table><tbody><tr>%s</tr></tbody></table>"),
}
ABBREVIATED = frozenset({"checked", "controls", "disabled", "open", "reversed"})

Tokens = list[tuple[str, tuple[str, ...]]]


def sanitize(html: str) -> str:
    """The HTML as nh3 would let it pass."""
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes=ALLOWED,
        url_schemes=set(URL_SCHEMES),
        link_rel=None,
        strip_comments=True,
    )


@lru_cache(maxsize=4096)
def refused(tag: str) -> str:
    """What nh3 does not let pass of one raw start tag: a tag, an attribute, or nothing."""
    parser = _Collector(tag)
    if not parser.found:
        return tag
    name, attributes = parser.found[0]
    frame = FRAMES.get(name, "%s")
    cleaned = _Collector(sanitize(frame % tag)).found
    kept = next((found for kept, found in cleaned if kept == name), None)
    if kept is None:
        return f"<{name}>"
    return next((f'{attribute}="…"' for attribute in attributes if attribute not in kept), "")


def pass_whole(tags: Iterable[str]) -> bool:
    """Whether nh3 lets pass these start tags, of HTML whose elements nest as they should."""
    return not any(map(refused, tags))


def lost(html: str) -> str:
    """The first tag or attribute of a field that nh3 would not let pass, or nothing."""
    before, after = _Collector(html).found, _Collector(sanitize(html)).found
    remaining = list(after)
    for name, attributes in before:
        match = next((t for t in remaining if t[0] == name and set(attributes) <= set(t[1])), None)
        if match is None:
            return " ".join((f"<{name}", *attributes)) + ">"
        remaining.remove(match)
    return ""


class _Collector(HTMLParser):
    """The start tags of a piece of HTML and the names of their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: Tokens = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))
