// Brings the cards of a deck from files, which work from a disk and from any server.

"use strict";

const chunks = new Map(); // by name of the file: a promise of its cards' sides
const arrived = new Map();

const source = {
    // Files on a disk are all of one origin, or else a frame could load none of them.
    sandbox: "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox",
    isLive: false,

    listen(told) {
        source.told = told;
        load("cards/deck.js");
    },

    async sides(name) {
        const chunk = deck.get(name).chunk;
        if (!chunks.has(chunk)) {
            chunks.set(chunk, load(`cards/${chunk}`).then(() => arrived.get(chunk)));
        }
        return (await chunks.get(chunk))[name];
    },
};

function load(path) {
    return new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = path;
        script.onload = resolve;
        script.onerror = reject;
        document.head.append(script);
    });
}

// What the scripts that are loaded call
function deckIs(change) {
    source.told(change, true);
}

function sidesAre([chunk, sides]) {
    arrived.set(chunk, sides);
}
