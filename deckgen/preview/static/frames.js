// The frames in which a card is shown side by side, each a client in one theme.

"use strict";

class Frames {
    #place;
    #labels;
    #callbacks;
    #slots = new Map(); // by view: its figure, its frame, the side it shows

    // `labels` are the clients' names; `callbacks` are `key` and `typed`, called with what was.
    constructor(place, labels, callbacks) {
        this.#place = place;
        this.#labels = labels;
        this.#callbacks = callbacks;
        window.addEventListener("message", (event) => this.#hear(event));
    }

    // Shows a card in these views, each a client, a theme, and whether the answer is shown.
    show(card, views, isNewSide) {
        const names = new Set(views.map(viewName));
        for (const [name, slot] of this.#slots) {
            if (!names.has(name)) {
                slot.figure.remove();
                this.#slots.delete(name);
            }
        }
        views.forEach((view, index) => {
            const slot = this.#slots.get(viewName(view)) || this.#make(view);
            if (this.#place.children[index] !== slot.figure) {
                this.#place.insertBefore(slot.figure, this.#place.children[index] || null);
            }
            const side = { ...card, ...view, html: view.isAnswer ? card.answer : card.question };
            side.name = [card.id, card.digest, viewName(view), view.zoom].join(" ");
            side.keepPlace = !isNewSide && slot.side?.id === card.id;
            if (view.client === "desktop") {
                slot.screen.style.setProperty("--zoom", view.zoom); // all is larger, as in Anki
                side.zoom = 1;
            }
            slot.side = side;
            if (slot.isReady) {
                slot.frame.contentWindow.postMessage(side, "*");
            }
        });
    }

    #make(view) {
        const figure = document.createElement("figure");
        const caption = document.createElement("figcaption");
        const screen = document.createElement("div");
        const frame = document.createElement("iframe");
        const side = view.isAnswer ? "answer" : "question";
        const title = `${this.#labels[view.client]}, ${view.theme}, ${side}`;
        figure.className = `view ${view.client} ${view.theme}`;
        caption.textContent = `${this.#labels[view.client]} · ${view.theme} · ${side}`;
        screen.className = "screen";
        frame.title = title;
        frame.loading = "lazy";
        frame.sandbox = source.sandbox;
        frame.src = `frame/${view.client}.html`;
        screen.append(frame);
        figure.append(screen, caption);
        const slot = { figure, screen, frame, caption, label: caption.textContent };
        this.#slots.set(viewName(view), slot);
        return slot;
    }

    #hear(event) {
        const slots = [...this.#slots.values()];
        const slot = slots.find((each) => each.frame.contentWindow === event.source);
        if (!slot) {
            return;
        }
        const news = event.data;
        if (news.ready) {
            slot.isReady = true;
            slot.frame.contentWindow.postMessage({ ...slot.side, keepPlace: false }, "*");
        } else if (news.shown) {
            slot.frame.dataset.shown = news.shown;
            slot.caption.textContent = [slot.label, ...news.faults].join(" · ");
            slot.caption.classList.toggle("faulty", news.faults.length > 0);
        } else if (news.key) {
            this.#callbacks.key(news.key);
        } else if ("typed" in news) {
            this.#callbacks.typed(news.typed);
        }
    }
}

function viewName({ client, theme, isAnswer }) {
    return `${client}-${theme}-${isAnswer ? "answer" : "question"}`;
}
