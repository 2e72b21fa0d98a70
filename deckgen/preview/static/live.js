// Brings the cards of a deck that is being written, and tells what changes.

"use strict";

const source = {
    // Frames are of no origin: no card can reach what this page may see.
    sandbox: "allow-scripts allow-popups allow-popups-to-escape-sandbox",
    isLive: true,

    // `told` is called with each change, `lost` when the preview has ended or is back.
    listen(told, lost) {
        const events = new EventSource("events");
        for (const type of ["deck", "change"]) {
            events.addEventListener(type, (event) => {
                lost(false);
                told(JSON.parse(event.data), type === "deck");
            });
        }
        events.addEventListener("error", () => lost(true));
    },

    async sides(name) {
        const answer = await fetch(`cards/${encodeURIComponent(name)}`);
        return answer.ok ? answer.json() : null;
    },
};
