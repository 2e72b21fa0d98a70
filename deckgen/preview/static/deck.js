// The deck as the page knows it: its cards in order, what a search finds, and what belongs together.

"use strict";

class Deck {
    title = "";
    styling = "";
    failure = "";
    checked = false;
    problems = [];
    order = []; // names of cards
    cards = new Map(); // by name
    places = new Map(); // by name: [path, line]
    #haystacks = new Map();

    // Takes in what has changed; see `change` in snapshot.py.
    apply(change) {
        for (const key of ["title", "styling", "failure", "checked", "problems"]) {
            if (key in change) {
                this[key] = change[key];
            }
        }
        for (const card of change.cards) {
            this.cards.set(card.id, card);
            this.#haystacks.delete(card.id);
        }
        for (const [name, place] of Object.entries(change.places)) {
            if (this.places.get(name)?.[0] !== place[0]) {
                this.#haystacks.delete(name);
            }
            this.places.set(name, place);
        }
        if (change.order) {
            this.order = change.order;
            const there = new Set(this.order);
            for (const name of this.cards.keys()) {
                if (!there.has(name)) {
                    this.cards.delete(name);
                    this.places.delete(name);
                    this.#haystacks.delete(name);
                }
            }
        }
    }

    get(name) {
        return this.cards.get(name);
    }

    // Names of the cards that hold every word of the query, in order.
    search(query) {
        const words = folded(query).split(/\s+/).filter(Boolean);
        if (!words.length) {
            return this.order;
        }
        const faulty = new Set(this.problems.map((problem) => problem.note));
        return this.order.filter((name) => {
            const text = this.#haystack(name);
            return words.every((word) =>
                word === "is:faulty" ? faulty.has(this.get(name).note) : text.includes(word),
            );
        });
    }

    #haystack(name) {
        let text = this.#haystacks.get(name);
        if (text === undefined) {
            text = folded(`${this.get(name).text} ${this.places.get(name)[0]}`);
            this.#haystacks.set(name, text);
        }
        return text;
    }

    // [heading, names] by deck or by file, in the order in which each comes first.
    groups(names, by) {
        const groups = new Map();
        for (const name of names) {
            const heading = by === "file" ? this.places.get(name)[0] : this.#subdeck(name);
            if (!groups.has(heading)) {
                groups.set(heading, []);
            }
            groups.get(heading).push(name);
        }
        return [...groups];
    }

    #subdeck(name) {
        const deck = this.get(name).deck;
        return deck === this.title ? deck : deck.slice(this.title.length + 2);
    }

    // Names of all cards of the same note.
    siblings(name) {
        const note = this.get(name).note;
        return this.order.filter((other) => this.get(other).note === note);
    }

    problemsOf(note) {
        return this.problems.filter((problem) => problem.note === note);
    }

    // "error", "warning" or nothing, for the note that a card is of.
    severity(name) {
        const found = this.problemsOf(this.get(name).note);
        return found.some(isError) ? "error" : found.length ? "warning" : "";
    }
}

function isError(problem) {
    return problem.severity === "error";
}

function folded(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

// What is asked on a card of its note: which deletion, or which way round.
function cardLabel(card) {
    if (card.sort === "cloze") {
        return `Cloze ${card.number}`;
    }
    return card.sort === "reversed" ? "Reversed" : "Question";
}
