/* Runs before MathJax's tex-chtml-full.js: the browser that it expects to find, as far as it looks
   while loading, and the settings that Anki gives it. */

globalThis.window = globalThis.self = globalThis.global = globalThis;

// The menu and the accessibility code probe a page while loading; nothing is ever drawn on it.
globalThis.document = {
  currentScript: { src: "file:///mathjax/tex-chtml-full.js" },
  location: { protocol: "file:", href: "file:///", host: "" },
  head: { appendChild() {} },
  body: { appendChild() {} },
  documentElement: { querySelectorAll: () => [] },
  getElementsByTagName: () => [],
  getElementById: () => null,
  querySelector: () => null,
  querySelectorAll: () => [],
  createElement: () => ({ style: {}, setAttribute() {}, appendChild() {} }),
  createTextNode: () => ({}),
  createRange: () => ({}),
  addEventListener() {},
};
globalThis.navigator ??= { appVersion: "", platform: "", userAgent: "" };
globalThis.setTimeout ??= () => 0;
globalThis.clearTimeout ??= () => {};
globalThis.console ??= { log() {}, warn() {}, error() {}, info() {}, debug() {} };

// QuickJS lacks the legacy RegExp["$&"], which MathJax 3 reads for \text{... \ref ...}.
if (!("$&" in RegExp)) {
  const match = String.prototype.match;
  String.prototype.match = function (pattern) {
    const found = match.call(this, pattern);
    if (found) RegExp["$&"] = found[0];
    return found;
  };
}

// What Anki 24.11 to 26.09 and AnkiDroid run MathJax 3.2.2 with. It lists noerrors and mathtools a
// second time although they are on already, and that shows: \prescript fails (see mathjax.py).
globalThis.MathJax = {
  tex: {
    displayMath: [["\\[", "\\]"]], // inlineMath keeps its default, \( \)
    processEscapes: false,
    processEnvironments: false,
    processRefs: false,
    packages: { "[+]": ["noerrors", "mathtools"], "[-]": ["textmacros"] },
  },
  loader: {
    load: ["[tex]/noerrors", "[tex]/mathtools"],
    paths: { mathjax: "" },
    // \require of an extension outside the file: Anki's request for it fails as well.
    require(address) {
      throw new Error(`not bundled with Anki: ${address}`);
    },
  },
  startup: { typeset: false, ready() {} }, // deckgen makes its own input processor
};
