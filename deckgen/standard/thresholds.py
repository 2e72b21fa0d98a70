"""What a deck changes of the rules, under `rules` in `deck.yaml`."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field

from deckgen.config import Rules
from deckgen.diagnostic import Diagnostic
from deckgen.mapping import Mapping, Node, Reader, Scalar
from deckgen.standard.rule import Setting, settings
from deckgen.standard.rules import CHECKS

OFF = "off"


@dataclass(slots=True)
class Changes:
    """By rule: the settings that a deck changes; and the rules that it has switched off."""

    settings: dict[str, dict[str, Setting]] = field(default_factory=dict)
    off: set[str] = field(default_factory=set)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def read_changes(rules: Rules) -> Changes:
    """What `rules` says of single rules, and what is wrong with it."""
    changes = Changes()
    for name, node in rules.changes:
        if name.text not in CHECKS:
            near = difflib.get_close_matches(name.text, CHECKS, 1, 0.5)
            hint = f"did you mean `{near[0]}`?" if near else "see docs/standard.md"
            message = f"no rule `{name.text}`"
            changes.diagnostics.append(Diagnostic(name.span, "rule-unknown", message, hint))
        else:
            _read(name, node, changes)
    return changes


def _read(name: Scalar, node: Node, changes: Changes) -> None:
    defaults = settings(CHECKS[name.text])
    if not isinstance(node, Mapping):
        hint = _example(name.text, defaults)
        message = f"the rule `{name.text}` must hold settings"
        changes.diagnostics.append(Diagnostic(node.span, "value-invalid", message, hint))
        return
    reader = Reader(node, (*defaults, OFF), f"the rule `{name.text}`")
    changed: dict[str, Setting] = {}
    for key, default in defaults.items():
        if not reader.has(key):
            continue
        if isinstance(default, int):
            changed[key] = _number(reader, key, default)
        else:
            changed[key] = tuple(scalar.text for scalar in reader.texts(key))
    if reader.has(OFF):
        if reader.text(OFF).strip() in ("", "true", "false"):
            hint = f'write `{name.text}: {{off: "why this deck does not follow it"}}`'
            reader.fault(reader.place(OFF), "a rule is switched off without a reason", hint)
        changes.off.add(name.text)
    changes.settings[name.text] = changed
    changes.diagnostics += reader.diagnostics


def _number(reader: Reader, key: str, default: int) -> int:
    node = reader.node(key)
    assert node is not None
    if isinstance(node, Scalar) and node.text.isdecimal():
        return int(node.text)
    reader.fault(node.span, f"`{key}` must be a whole number", f"the default is {default}")
    return default


def _example(name: str, defaults: dict[str, Setting]) -> str:
    for key, default in defaults.items():
        if isinstance(default, int):
            return f"write `{name}: {{{key}: {default}}}`"
    return f'write `{name}: {{off: "the reason"}}`'
