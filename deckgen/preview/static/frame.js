// Shows card sides in #qa as a client does: its classes, its MathJax, its place on the page.
// The page around this frame says what to show, and is told what happens here.

"use strict";

const CLIENT = document.documentElement.dataset.client;
const LONGEST_WAIT = 400; // milliseconds that a side waits for its pictures and fonts

// Anki: ts/mathjax/index.ts, the same in AnkiDroid
window.MathJax = {
    tex: {
        displayMath: [["\\[", "\\]"]],
        processEscapes: false,
        processEnvironments: false,
        processRefs: false,
        packages: { "[+]": ["noerrors", "mathtools"], "[-]": ["textmacros"] },
    },
    loader: { load: ["[tex]/noerrors", "[tex]/mathtools"], paths: { mathjax: "mathjax" } },
    startup: { typeset: false },
    options: { enableMenu: false }, // it keeps settings, which a sandboxed frame may not
};
// Anki: ts/reviewer/index.ts, where a side without a formula does not load MathJax
const FORMULA = /\\\[[^]*?\\\]|\\\([^]*?\\\)/;

const page = {
    desktop: {
        root: (night) => `linux chrome${night ? " night-mode" : ""}`,
        body: (theme, night) => `isLin${night ? " nightMode night_mode" : ""} fancy`,
    },
    ankidroid: {
        root: () => "mobile android linux js",
        body: (theme, night) =>
            `${night ? "night_mode nightMode " : ""}`
            + `${theme === "night" ? "ankidroid_dark_mode " : ""}mathjax-rendered chrome`,
    },
    study: {
        root: (night) => `${night ? "night-mode " : ""}android mobile chrome`,
        body: (theme, night) => `${night ? "nightMode night_mode " : ""}mathjax-rendered`,
    },
}[CLIENT];

let mathjax = null; // a promise of MathJax, once a side has needed it
let wanted = null; // the side to show next
let isBusy = false;
let styling = null;

window.addEventListener("message", (event) => {
    if (event.source === window.parent) {
        wanted = event.data;
        showWanted();
    }
});

async function showWanted() {
    if (isBusy) {
        return;
    }
    isBusy = true;
    while (wanted) {
        const side = wanted;
        wanted = null;
        const faults = await show(side);
        if (!wanted) {
            tell({ shown: side.name, faults });
        }
    }
    isBusy = false;
}

// The new side is made ready out of sight, so that a save changes only what it changes.
async function show(side) {
    setTheme(side.theme, side.number);
    document.body.style.zoom = side.zoom;
    if (styling === null) {
        setStyling(side.styling);
    }
    const qa = document.getElementById("qa");
    const staging = document.createElement("div");
    staging.id = "staging";
    staging.innerHTML = fillTyped(side.html, side.isAnswer, side.expected, side.typed);
    qa.after(staging);
    const faults = await typeset(staging);
    await loaded(staging);
    staging.remove();
    setStyling(side.styling);
    const before = window.scrollY;
    qa.replaceChildren(...staging.childNodes);
    const box = qa.querySelector("input#typeans");
    if (box) {
        box.value = side.typed;
    }
    window.scrollTo(0, side.keepPlace ? before : side.isAnswer ? answerTop() : 0);
    const root = document.scrollingElement;
    if (root.scrollWidth > root.clientWidth) {
        faults.push("wider than the screen");
    }
    return faults;
}

// Where clients scroll to when they show the answer. Scrolling it into view would move the page
// around this frame as well.
function answerTop() {
    const line = document.getElementById("answer");
    if (!line) {
        return 0;
    }
    const margin = parseFloat(getComputedStyle(line).scrollMarginTop) || 0;
    return window.scrollY + line.getBoundingClientRect().top - margin;
}

function setTheme(theme, number) {
    const night = theme !== "light";
    document.documentElement.className = page.root(night);
    document.documentElement.dataset.theme = theme;
    document.body.className = `card card${number} ${page.body(theme, night)}`;
}

function setStyling(text) {
    if (text !== styling) {
        styling = text;
        const sheet = document.createElement("style");
        sheet.id = "styling";
        sheet.textContent = text;
        document.getElementById("styling")?.remove();
        document.getElementById("qa").before(sheet); // after MathJax's own, as in the clients
    }
}

async function typeset(element) {
    if (!FORMULA.test(element.innerHTML)) {
        return [];
    }
    try {
        mathjax ??= loadMathJax();
        await mathjax;
        MathJax.typesetClear();
        await MathJax.typesetPromise([element]);
    } catch (error) {
        return [`MathJax: ${error.message || error}`];
    }
    const wrong = element.querySelectorAll("mjx-merror, mtext[mathcolor=red]").length;
    return wrong ? [`MathJax: ${wrong} wrong`] : [];
}

function loadMathJax() {
    return new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = "mathjax/tex-chtml-full.js";
        script.onload = () => MathJax.startup.promise.then(resolve, reject);
        script.onerror = () => reject(new Error("not found"));
        document.head.append(script);
    });
}

// Pictures and fonts are there before they are seen, so that nothing jumps; but nothing waits long.
function loaded(element) {
    const decoded = [...element.querySelectorAll("img")].map((image) =>
        image.decode().catch(() => {}),
    );
    const enough = new Promise((resolve) => setTimeout(resolve, LONGEST_WAIT));
    return Promise.race([Promise.all([...decoded, document.fonts.ready]), enough]);
}

// ---- what happens in the frame ----

function tell(news) {
    window.parent.postMessage(news, "*");
}

document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (link?.dataset.sound) {
        event.preventDefault();
        new Audio(link.dataset.sound).play();
    } else if (link?.getAttribute("href")?.startsWith("#")) {
        event.preventDefault();
        document.getElementById(link.hash.slice(1))?.scrollIntoView();
    }
});

document.addEventListener("input", (event) => {
    if (event.target.id === "typeans") {
        tell({ typed: event.target.value });
    }
});

document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input, textarea");
    if (isTyping ? event.key !== "Enter" : event.target.closest("a, summary")) {
        return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey) {
        return;
    }
    if ([" ", "Enter", "ArrowLeft", "ArrowRight", "/", "?"].includes(event.key)) {
        event.preventDefault();
    }
    tell({ key: event.key });
});

tell({ ready: true });
