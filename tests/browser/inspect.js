// Shows card sides in #qa as the clients do, and reports what a learner would see go wrong.
//
// A side is typeset as its client typesets it (typesetSides), and held; then it is laid out at
// sizes and zooms, in each theme (measureSides), and its colors are judged (contrastSides).
// That a side laid out anew is the same as one typeset there is a test of its own.

"use strict";

// MathJax's own list (options.skipHtmlTags), and what it has made
const SKIPPED =
    "script, noscript, style, textarea, pre, code, annotation, annotation-xml, mjx-container";
const FORMULA = /\\\[[^\0]*?\\\]|\\\([^\0]*?\\\)/g;
const RAW_DELIMITER = /\\[()[\]]|\$\$/;
const STYLING = /^\s*<style>([^]*?)<\/style>/;
// Boxes that scroll sideways by design; see templates/styling.css
const SCROLLERS = "pre, .table-scroll, .picture, mjx-container";
const GLYPHS = "mjx-math, mjx-c, mjx-line, mjx-surd, mjx-rule";

// What decides on contrast: what is painted behind text, and the letters themselves
const GROUND = ["backgroundColor", "backgroundImage", "opacity", "filter", "mixBlendMode"];
const LETTERS = ["color", "webkitTextFillColor", "fontSize", "fontWeight", "textShadow"];
const PAINT = [...GROUND, ...LETTERS];

const held = [];

// ---- a side, as the client shows it ----

async function showSide({ html, ordinal, zoom, hides }) {
    const qa = document.getElementById("qa");
    const styling = (STYLING.exec(html) || ["", ""])[1];
    wearStyling(styling);
    const inner = html.replace(STYLING, "");
    const awaits = /\\[([]/.test(inner);
    wearOrdinal(ordinal);
    document.body.style.zoom = zoom;
    // Desktop and the new study screen hide #qa until MathJax is done; AnkiDroid's reviewer hides
    // the card. Anki: ts/reviewer/index.ts _updateQA. AnkiDroid: assets/scripts/card.js
    qa.style.opacity = hides === "opacity" ? "0" : "";
    document.body.classList.toggle("mathjax-needs-to-render", hides === "class" && awaits);
    qa.innerHTML = inner;
    window.scrollTo(0, 0);
    const images = [...qa.querySelectorAll("img")];
    await Promise.all(images.map((image) => image.decode().catch(() => 0)));
    if (!held.length) {
        // The first side in a page: a font within the styling is read by the page's loading in
        // AnkiDroid's reviewer, and a frame late for the first card of a session elsewhere.
        await nextFrame();
        await nextFrame();
    }
    const written = (textOf(qa).match(FORMULA) || []).length;
    const early = seenBlocks(qa);
    await MathJax.startup.promise;
    MathJax.typesetClear();
    let failure = "";
    try {
        await MathJax.typesetPromise([qa]);
    } catch (error) {
        failure = String(error);
    }
    qa.style.opacity = "";
    document.body.classList.remove("mathjax-needs-to-render");
    if (written) {
        await nextFrame(); // the first one that shows the side
    }
    return { qa, styling, written, failure, images, early };
}

// The styling of the card stands after the client's own and MathJax's, as it does in #qa; it is
// taken out of there only so that it is not read anew with each side.
function wearStyling(text) {
    let sheet = document.getElementById("card-styling");
    if (!sheet) {
        sheet = document.createElement("style");
        sheet.id = "card-styling";
        document.body.prepend(sheet);
    }
    if (sheet.textContent !== text) {
        sheet.textContent = text;
    }
}

function wearOrdinal(ordinal) {
    document.body.className = document.body.className.replace(/\bcard\d+/, `card${ordinal + 1}`);
}

function wearTheme({ root, body, style }) {
    document.documentElement.className = root;
    document.body.className = body;
    document.getElementById("theme").textContent = style;
}

function nextFrame() {
    return new Promise(requestAnimationFrame);
}

// Where the blocks of a card are that can be seen now
function seenBlocks(qa) {
    const card = qa.querySelector(".deckgen");
    const seen = [...(card ? card.children : qa.children)].filter((block) =>
        block.checkVisibility({ opacityProperty: true, visibilityProperty: true }),
    );
    return seen.map((block) => {
        const { left, top, width, height } = block.getBoundingClientRect();
        return { block, box: [left, top, width, height] };
    });
}

function moved(before) {
    for (const { block, box } of before) {
        const { left, top, width, height } = block.getBoundingClientRect();
        const now = [left, top, width, height];
        if (now.some((value, index) => Math.abs(value - box[index]) > 1)) {
            const shown = (values) => values.map((value) => value.toFixed(1)).join(" ");
            return `${block.className}: ${shown(box)} became ${shown(now)}`;
        }
    }
    return "";
}

// ---- 1: typeset ----

async function typesetSides(sides) {
    const found = [];
    held.length = 0;
    for (const side of sides) {
        const report = reporter(found, side.name);
        const shown = await showSide(side);
        inspectContent(shown, report);
        const jump = moved(shown.early);
        if (jump) {
            report("jump", jump);
        }
        const { qa, styling } = shown;
        const { name, ordinal } = side;
        held.push({ name, ordinal, styling, blocks: seenBlocks(qa), nodes: detach(qa) });
    }
    return found;
}

function reporter(found, name) {
    return (code, detail) => found.push([name, code, String(detail).slice(0, 200)]);
}

function hold(qa, { styling, ordinal, nodes }) {
    wearStyling(styling);
    wearOrdinal(ordinal);
    qa.replaceChildren(...nodes);
}

function detach(qa) {
    const nodes = [...qa.childNodes];
    qa.replaceChildren();
    return nodes;
}

function inspectContent({ qa, written, failure, images }, report) {
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
    const other = images.length || typeset || qa.querySelector("pre, code, input");
    if (!text.replaceAll("\0", "").trim() && !other) {
        report("side-empty", "nothing to see");
    }
}

// ---- 2: laid out, at each size and zoom, in each theme ----

// `cold`: the sides were typeset before the fonts were there, at this size.
function measureSides({ theme, zoom, phone, cold }) {
    const found = [];
    const qa = document.getElementById("qa");
    wearTheme(theme);
    document.body.style.zoom = zoom;
    for (const side of held) {
        const report = reporter(found, side.name);
        hold(qa, side);
        inspectLayout(qa, phone, report);
        const jump = cold && moved(side.blocks);
        if (jump) {
            report("jump", `when the fonts come: ${jump}`);
        }
        detach(qa);
    }
    return found;
}

function inspectLayout(qa, phone, report) {
    const page = document.scrollingElement;
    if (page.scrollWidth > page.clientWidth) {
        report("page-scroll", `${page.scrollWidth} > ${page.clientWidth}: ${widest(qa)}`);
    }
    for (const box of qa.querySelectorAll(SCROLLERS)) {
        const cut = clipped(box);
        if (cut) {
            const code = box.matches("mjx-container") ? "formula-clipped" : "box-clipped";
            report(code, `${cut} of ${box.textContent || box.innerHTML}`);
        }
    }
    for (const image of qa.querySelectorAll("img")) {
        const { width } = image.getBoundingClientRect();
        if (width > page.clientWidth) {
            report("image-wide", `${width}px: ${image.getAttribute("src")}`);
        }
    }
    if (phone) {
        const small = smallest(qa);
        if (small.size < 15.99) {
            report("text-small", `${small.size}px: ${small.text}`);
        }
    }
}

// What of a box that scrolls sideways no scrolling brings into sight: "" if nothing
function clipped(box) {
    const slack = 1.5 * (box.currentCSSZoom || 1);
    const frame = box.getBoundingClientRect();
    if (box.scrollWidth > box.clientWidth + 1) {
        if (!/auto|scroll/.test(getComputedStyle(box).overflowX)) {
            return `${box.scrollWidth - box.clientWidth}px at the side`;
        }
    }
    const formula = box.matches("mjx-container");
    const leftToRight = getComputedStyle(box).direction === "ltr";
    const reach = frame.left + box.scrollWidth * (box.currentCSSZoom || 1);
    for (const part of formula ? box.querySelectorAll(GLYPHS) : box.children) {
        const inner = part.getBoundingClientRect();
        if (!inner.width || !inner.height) {
            continue;
        }
        const cut = Math.max(frame.top - inner.top, inner.bottom - frame.bottom);
        if (cut > slack) {
            return `${cut.toFixed(1)}px above or below`;
        }
        const past = Math.max(frame.left - inner.left, inner.right - reach);
        if (leftToRight && past > slack + 2) {
            return `${past.toFixed(1)}px at the side`;
        }
    }
    return "";
}

function smallest(root) {
    let small = { size: Infinity, text: "" };
    const note = (element, text) => {
        const size = parseFloat(getComputedStyle(element).fontSize);
        if (size < small.size && element.getClientRects().length) {
            small = { size, text: text.trim().slice(0, 40) };
        }
    };
    for (const node of textNodes(root, "script, style, mjx-container")) {
        if (node.data.trim()) {
            note(node.parentElement, node.data);
        }
    }
    // Inside a formula TeX's own rules make scripts smaller; its main size is text like any.
    for (const formula of root.querySelectorAll("mjx-container, input:not([type=checkbox])")) {
        note(formula, formula.textContent);
    }
    return small;
}

function widest(root) {
    const limit = document.scrollingElement.clientWidth;
    const past = [...root.querySelectorAll("*")].filter(
        (element) =>
            !element.parentElement.closest(SCROLLERS) &&
            element.getBoundingClientRect().right > limit + 0.5,
    );
    const last = past[past.length - 1];
    return last ? last.outerHTML.slice(0, 120) : "";
}

// ---- 3: contrast, by axe-core ----

// axe judges an element by its color and size of text, and by what is painted behind it: the
// grounds of the elements that hold it. A side is shown to axe, whole, if any of its text has a
// combination of these that no side shown to axe before had, in the same client, theme and size;
// for the others its verdict is known. What lies over or under text without holding it would be
// no part of the combination, so a side with such an element is always shown.
async function contrastSides({ theme }) {
    const found = [];
    const qa = document.getElementById("qa");
    const known = new Set();
    wearTheme(theme);
    document.body.style.zoom = 1;
    const help = document.createElement("style");
    // axe judges no text that is scrolled out of sight, and none on a gradient such as the hint at
    // the edge of a box that scrolls.
    help.textContent = `
        .deckgen :is(${SCROLLERS}) {
            background-image: none !important; overflow: visible !important }
        .deckgen :is(pre, pre *) { white-space: pre-wrap; overflow-wrap: anywhere }
        .deckgen table, .deckgen table * { display: block }`;
    document.head.append(help);
    for (const side of held) {
        hold(qa, side);
        const fresh = [];
        for (const [element, paint] of paintedTexts(qa)) {
            if (!known.has(paint)) {
                known.add(paint);
                fresh.push(element);
            }
        }
        if (fresh.length || overlaps(qa)) {
            await judge(qa, fresh, reporter(found, side.name));
        }
        detach(qa);
    }
    help.remove();
    return found;
}

async function judge(qa, fresh, report) {
    const letters = fresh.filter((element) => element.matches("mjx-c")).map(letterLike);
    const formulas = [...qa.querySelectorAll("mjx-container")].map((formula) => {
        const parts = [...formula.childNodes];
        formula.replaceChildren(); // thousands of elements in which axe would find no text
        return [formula, parts];
    });
    const results = await axe.run(qa, {
        runOnly: ["color-contrast"],
        checks: { "color-contrast": { options: { ignoreUnicode: false } } }, // arrows are text
        resultTypes: ["violations", "incomplete"],
    });
    for (const [code, rules] of [
        ["contrast", results.violations],
        ["contrast-unknown", results.incomplete],
    ]) {
        for (const node of rules.flatMap((rule) => rule.nodes)) {
            const { contrastRatio, fgColor, bgColor, messageKey } = node.any[0].data;
            const why = messageKey || `${contrastRatio}:1, ${fgColor} on ${bgColor}`;
            report(code, `${why}: ${node.html}`);
        }
    }
    letters.forEach((letter) => letter.remove());
    formulas.forEach(([formula, parts]) => formula.append(...parts));
}

// MathJax draws glyphs as ::before, which axe does not read: for it, letters stand beside the
// formula, painted like the glyph and each element of the formula that holds it.
function letterLike(glyph) {
    let painted = document.createTextNode("xx");
    let element = glyph;
    for (; element.closest("mjx-container"); element = element.parentElement) {
        const like = document.createElement("span");
        const style = getComputedStyle(element);
        for (const name of PAINT) {
            like.style[name] = style[name];
        }
        like.append(painted);
        painted = like;
    }
    element.append(painted);
    return painted;
}

function paintedTexts(qa) {
    const grounds = new Map([[document.documentElement.parentNode, ""]]);
    const ground = (element) => {
        if (!grounds.has(element)) {
            const style = getComputedStyle(element);
            const own = GROUND.map((name) => style[name]).join();
            const painted = own === "rgba(0, 0, 0, 0),none,1,none,normal" ? "" : `${own};`;
            grounds.set(element, ground(element.parentNode) + painted);
        }
        return grounds.get(element);
    };
    const texts = new Set(qa.querySelectorAll("input:not([type=checkbox]), mjx-c"));
    for (const node of textNodes(qa, "script, style, mjx-container")) {
        if (node.data.trim()) {
            texts.add(node.parentElement);
        }
    }
    return [...texts].map((element) => {
        const style = getComputedStyle(element);
        const kind = element.matches("mjx-c, input") ? element.tagName : "";
        return [element, [ground(element), ...LETTERS.map((name) => style[name]), kind].join()];
    });
}

function overlaps(qa) {
    return [...qa.querySelectorAll("*")].some((element) => {
        if (element.closest("mjx-container")) {
            return false;
        }
        const { position, float } = getComputedStyle(element);
        return /absolute|fixed|sticky/.test(position) || float !== "none";
    });
}

// ---- text ----

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
