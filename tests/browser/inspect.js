// Shows card sides in #qa as Anki's reviewer does, and reports what a learner would see go wrong.

"use strict";

// MathJax's own list (options.skipHtmlTags), and what it has made
const SKIPPED =
    "script, noscript, style, textarea, pre, code, annotation, annotation-xml, mjx-container";
const FORMULA = /\\\[[^\0]*?\\\]|\\\([^\0]*?\\\)/g;
const RAW_DELIMITER = /\\[()[\]]|\$\$/;

async function showSide({ html, bodyClass, zoom }) {
    const qa = document.getElementById("qa");
    document.body.className = bodyClass;
    document.body.style.zoom = zoom;
    qa.innerHTML = html;
    window.scrollTo(0, 0);
    const written = (textOf(qa).match(FORMULA) || []).length;
    await MathJax.startup.promise;
    MathJax.typesetClear();
    let failure = "";
    try {
        await MathJax.typesetPromise([qa]);
    } catch (error) {
        failure = String(error);
    }
    const images = [...qa.querySelectorAll("img")];
    await Promise.all(images.map((image) => image.decode().catch(() => 0)));
    await document.fonts.ready;
    return { qa, written, failure, images };
}

async function inspectSides(sides) {
    const found = [];
    for (const side of sides) {
        const report = (code, detail) => {
            found.push([side.name, code, String(detail).slice(0, 200)]);
        };
        inspectSide(await showSide(side), side, report);
    }
    return found;
}

function inspectSide({ qa, written, failure, images }, side, report) {
    if (failure) {
        report("mathjax-failed", failure);
    }
    for (const error of qa.querySelectorAll("mjx-merror, merror")) {
        report("mathjax-error", error.getAttribute("data-mjx-error") || error.textContent);
    }
    for (const unknown of qa.querySelectorAll('mjx-assistive-mml mtext[mathcolor="red"]')) {
        report("mathjax-undefined", unknown.textContent);
    }
    const typeset = qa.querySelectorAll("mjx-container").length;
    if (typeset !== written) {
        report("formula-count", `${written} written, ${typeset} typeset`);
    }
    const text = textOf(qa);
    const raw = RAW_DELIMITER.exec(text);
    if (raw) {
        report("raw-delimiter", text.slice(Math.max(0, raw.index - 30), raw.index + 30));
    }
    for (const image of images) {
        if (!image.naturalWidth) {
            report("image-missing", image.getAttribute("src"));
        }
    }
    const page = document.scrollingElement;
    if (page.scrollWidth > page.clientWidth) {
        report("page-scroll", `${page.scrollWidth} > ${page.clientWidth}: ${widest(qa)}`);
    }
    for (const formula of qa.querySelectorAll("mjx-container")) {
        const cut = clipped(formula);
        if (cut > 1) {
            report("formula-clipped", `${cut.toFixed(1)} px of ${formula.textContent}`);
        }
    }
    if (side.phone) {
        const small = smallest(qa);
        if (small.size < 15.99) {
            report("text-small", `${small.size}px: ${small.text}`);
        }
    }
    if (!text.replaceAll("\0", "").trim() && !typeset && !images.length && !qa.querySelector("pre, code, input")) {
        report("side-empty", "nothing to see");
    }
}

function* textNodes(root, skipped = SKIPPED) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (!node.parentElement.closest(skipped)) {
            yield node;
        }
    }
}

// Text as MathJax searches it: an element ends a string (here by a NUL), a line break does not.
function textOf(root) {
    let text = "";
    let before = null;
    for (const node of textNodes(root)) {
        let between = node.previousSibling;
        while (between && (between.nodeName === "BR" || between.nodeType === Node.COMMENT_NODE)) {
            between = between.previousSibling;
        }
        text += before && between === before ? "\n" : "\0";
        text += node.data;
        before = node;
    }
    return text;
}

// How far glyphs stand out above or below the box that scrolls them sideways, in px
function clipped(formula) {
    const box = formula.getBoundingClientRect();
    const zoom = formula.currentCSSZoom || 1;
    let cut = 0;
    for (const glyph of formula.querySelectorAll("mjx-math, mjx-c, mjx-line, mjx-surd")) {
        const inner = glyph.getBoundingClientRect();
        if (inner.height && inner.width) {
            cut = Math.max(cut, box.top - inner.top, inner.bottom - box.bottom);
        }
    }
    return cut / zoom;
}

function smallest(root) {
    let small = { size: Infinity, text: "" };
    for (const node of textNodes(root, "script, style, mjx-container, sub, sup")) {
        const size = parseFloat(getComputedStyle(node.parentElement).fontSize);
        const shown = node.parentElement.getClientRects().length;
        if (node.data.trim() && shown && size < small.size) {
            small = { size, text: node.data.trim().slice(0, 40) };
        }
    }
    return small;
}

function widest(root) {
    const limit = document.scrollingElement.clientWidth;
    const past = [...root.querySelectorAll("*")].filter((element) => {
        const inScroller = element.parentElement.closest("pre, .table-scroll, mjx-container");
        return !inScroller && element.getBoundingClientRect().right > limit + 0.5;
    });
    const last = past[past.length - 1];
    return last ? last.outerHTML.slice(0, 120) : "";
}
