"""Which HTML a note may hold: the harmless is kept to the letter, the rest is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deckgen.html_rules import ATTRIBUTES, EVERYWHERE, TAGS, lost, refused

HARMLESS_VALUES = {"href": "https://example.org", "src": "deckgen-1.png"}


@pytest.mark.parametrize("tag", sorted(TAGS))
def test_allowed_tags_pass_with_their_attributes(tag: str) -> None:
    """Also those that browsers keep only inside a table."""
    for name in sorted(EVERYWHERE | ATTRIBUTES.get(tag, set())):
        assert refused(f'<{tag} {name}="{HARMLESS_VALUES.get(name, "1")}">') == ""


@pytest.mark.parametrize(
    "tag",
    [
        "script", "style", "iframe", "object", "embed", "form", "button", "link", "meta", "base",
        "svg", "math", "template", "noscript", "frame", "applet", "textarea", "title", "x-y",
    ],
)  # fmt: skip
def test_other_tags_are_named(tag: str) -> None:
    """Whatever their case."""
    assert refused(f"<{tag}>") == f"<{tag}>"
    assert refused(f"<{tag.upper()} a=b>") == f"<{tag}>"


@pytest.mark.parametrize(
    ("tag", "named"),
    [
        ('<a href="javascript:alert(1)">', 'href="…"'),
        ('<a href=" java\tscript:alert(1)">', 'href="…"'),
        ('<a href="&#106;avascript:alert(1)">', 'href="…"'),
        ('<a href="data:text/html,x">', 'href="…"'),
        ('<a href="vbscript:x">', 'href="…"'),
        ('<b onclick="x()">', 'onclick="…"'),
        ("<img src=a.png onerror=x()>", 'onerror="…"'),
        ('<b style="color: red">', 'style="…"'),
        ('<img src="a.png" srcset="b.png 2x">', 'srcset="…"'),
        ('<td background="a.png">', 'background="…"'),
        ('<video src="a.mp4" poster="b.png">', 'poster="…"'),
        ('<video src="a.mp4" autoplay>', 'autoplay="…"'),
        ('<p href="https://example.org">', 'href="…"'),
    ],
)
def test_harmful_attributes_are_named(tag: str, named: str) -> None:
    """On a tag that is allowed as such."""
    assert refused(tag) == named


@pytest.mark.parametrize("tag", ["<a/href=x>", "<", "<>", "<1>", "<!x>"])
def test_what_is_no_tag_is_refused_whole(tag: str) -> None:
    """Or parsed as what it is; it never passes as a tag nobody looked at."""
    assert refused(tag) in (tag, "", "<a>")


def test_a_field_loses_nothing_unseen() -> None:
    """The last judge sees the whole field as it will be packed."""
    sound = (
        '<table><thead><tr><th align="left">a</th></tr></thead><tbody><tr><td>b</td></tr></tbody>'
        '</table><p>c<br><img src="d.png" alt="e"></p><pre class="f"><code>g &lt;b></code></pre>'
    )
    assert lost(sound) == ""
    assert lost(sound + "<p><script>x</script></p>") == "<script>"
    assert lost(sound + '<p><b onclick="x">y</b></p>') == "<b onclick>"


@given(st.text("<>/= abcimgsrtpo\"'&;:!-", max_size=60))
def test_any_text_is_judged(text: str) -> None:
    """Nothing raises, and what is found lost was written."""
    found = lost(text)
    assert not found or found[1:-1].split()[0] in text.lower()
