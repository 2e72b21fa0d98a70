"""What a user would write: Python-Markdown and genanki, 50 lines. The yardstick of all ratios.

python benchmarks/yardstick.py FOLDER PACKAGE
"""

import hashlib
import re
import sys
from pathlib import Path

import genanki
import markdown
import yaml
from pygments.formatters import HtmlFormatter

EXTENSIONS = ["fenced_code", "tables", "codehilite", "pymdownx.arithmatex"]
SETTINGS = {"pymdownx.arithmatex": {"generic": True}}
COMMENT = re.compile(r"<!-- id: (\S+); tags: (.*?) -->\n")
FRONT, BACK = "{{Front}}", "{{FrontSide}}<hr id=answer>{{Back}}"


def html(text):
    return markdown.markdown(text, extensions=EXTENSIONS, extension_configs=SETTINGS)


def number(text):
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


CSS = ".card { font-family: arial; font-size: 20px; }\n"
CSS += HtmlFormatter().get_style_defs(".codehilite")
BASIC = genanki.Model(
    number("basic"), "Basic", fields=[{"name": "Front"}, {"name": "Back"}], css=CSS,
    templates=[{"name": "Card 1", "qfmt": FRONT, "afmt": BACK}],
)  # fmt: skip
CLOZE = genanki.Model(
    number("cloze"), "Cloze", fields=[{"name": "Text"}, {"name": "Extra"}], css=CSS,
    templates=[{"name": "Cloze", "qfmt": "{{cloze:Text}}", "afmt": "{{cloze:Text}}<br>{{Extra}}"}],
    model_type=genanki.Model.CLOZE,
)  # fmt: skip


def questions(path):
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    about = yaml.safe_load(head)
    for part in re.split(r"(?m)^## ", body)[1:]:
        question, rest = part.split("\n", 1)
        comment = COMMENT.match(rest)
        tags = comment[2].split() + about["tags"]
        yield about["deck"], comment[1], question, rest[comment.end() :].strip(), tags


def main(folder, package):
    decks = {}
    for path in sorted(Path(folder).rglob("*.md")):
        for name, key, question, answer, tags in questions(path):
            deck = decks.setdefault(name, genanki.Deck(number(name), name))
            cloze = "{{c1::" in answer
            both = [html(f"{question}\n\n{answer}"), ""]
            fields = both if cloze else [html(question), html(answer)]
            model = CLOZE if cloze else BASIC
            guid = genanki.guid_for(key)
            deck.add_note(genanki.Note(model=model, fields=fields, tags=tags, guid=guid))
    genanki.Package(list(decks.values())).write_to_file(package)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
