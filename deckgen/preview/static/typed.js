// What a learner typed, set against what was expected, as Anki shows it.
// Anki: rslib/src/typeanswer.rs, qt/aqt/reviewer.py

"use strict";

const FIELD = /\[\[type:.+?\]\]/;
const ANSWER_LINE = "<hr id=answer>";
const TYPED_STYLE = "font-family: 'Arial'; font-size: 20px;";

// The HTML of a side, its [[type:…]] replaced by a box to type in, or by the comparison.
function fillTyped(html, isAnswer, expected, typed) {
    if (!FIELD.test(html)) {
        return html;
    }
    if (!isAnswer) {
        const box = `<center><input type=text id=typeans aria-label="Your answer"`
            + ` autocomplete=off style="${TYPED_STYLE}"></center>`;
        return html.replace(FIELD, () => box);
    }
    // Anki moves the line between question and answer above the comparison.
    const line = html.includes(ANSWER_LINE) ? ANSWER_LINE : "";
    const compared = `${line}<div style="${TYPED_STYLE}">${compareTyped(expected, typed)}</div>`;
    return html.replace(ANSWER_LINE, "").replace(FIELD, () => compared);
}

function compareTyped(expected, typed) {
    const normal = typed.normalize("NFC");
    const wanted = expected.normalize("NFC");
    if (!normal) {
        return `<code id=typeans>${escapeHtml(wanted)}</code>`;
    }
    if (normal === wanted) {
        return `<code id=typeans>${tokenHtml("typeGood", wanted)}</code>`;
    }
    let given = "";
    let right = "";
    for (const [same, mine, theirs] of differences([...normal], [...wanted])) {
        if (same) {
            given += tokenHtml("typeGood", mine);
            right += tokenHtml("typeGood", theirs);
            continue;
        }
        if (mine) {
            given += tokenHtml("typeBad", mine);
        } else {
            given += tokenHtml("typeMissed", "-".repeat([...theirs].length));
        }
        if (theirs) {
            right += tokenHtml("typeMissed", theirs);
        }
    }
    return `<code id=typeans>${given}<br><span id=typearrow>&darr;</span><br>${right}</code>`;
}

function tokenHtml(name, text) {
    return `<span class=${name}>${escapeHtml(text)}</span>`;
}

function escapeHtml(text) {
    const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };
    return text.replace(/[&<>"']/g, (character) => entities[character]);
}

// Stretches of two lists of characters in turn: [are they the same, of the first, of the second].
// The longest common stretch first, then what is left and right of it (Ratcliff and Obershelp).
function differences(first, second) {
    const [at, other, length] = longestCommon(first, second);
    if (!length) {
        return first.length || second.length ? [[false, first.join(""), second.join("")]] : [];
    }
    const common = first.slice(at, at + length).join("");
    return [
        ...differences(first.slice(0, at), second.slice(0, other)),
        [true, common, common],
        ...differences(first.slice(at + length), second.slice(other + length)),
    ];
}

function longestCommon(first, second) {
    let best = [0, 0, 0];
    let lengths = new Map();
    first.forEach((character, at) => {
        const next = new Map();
        second.forEach((candidate, other) => {
            if (candidate === character) {
                const length = (lengths.get(other - 1) || 0) + 1;
                next.set(other, length);
                if (length > best[2]) {
                    best = [at - length + 1, other - length + 1, length];
                }
            }
        });
        lengths = next;
    });
    return best;
}
