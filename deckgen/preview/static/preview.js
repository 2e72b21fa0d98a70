// The page: which card is shown and how, the list to choose from, the keys.

"use strict";

const MOST_LISTED = 300; // rows of a search's result
const THEMES = ["light", "night", "black"];
const narrow = window.matchMedia("(max-width: 760px)");
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const at = (id) => document.getElementById(id);
const { root, editor } = document.body.dataset;
const labels = Object.fromEntries(
    [...document.querySelectorAll("[data-choice=clients] button")].map((button) => [
        button.value,
        button.textContent,
    ]),
);

const deck = new Deck();
const frames = new Frames(at("stage"), labels, { key: pressed, typed: (text) => (typed = text) });
const opened = new Set(); // headings of groups that are unfolded
const sides = new Map(); // by name and digest: a promise of a card's sides

let current = ""; // name of the card
let position = 0; // its place in the deck, for when it is gone
let missed = null; // the card that is gone, as it was shown: it may come back with the next save
let isAnswer = false;
let typed = "";
let query = "";
let grouping = "deck";

// What was chosen of each; null: what suits the screen
const chosen = { clients: null, themes: null, both: false, zoom: 1, phone: "360" };

// ---- the card ----

function go(name, options = {}) {
    if (!deck.get(name)) {
        return;
    }
    if (name !== current) {
        typed = "";
        missed = null;
    }
    current = name;
    isAnswer = options.isAnswer ?? false;
    position = deck.order.indexOf(name);
    if (location.hash.slice(1) !== name) {
        history.replaceState(null, "", `#${name}`);
    }
    showList();
    reveal();
    showAbout();
    showCard(true);
}

function turn() {
    if (isAnswer || chosen.both) {
        step(1);
        return;
    }
    isAnswer = true;
    showCard(true);
}

// The next card of those that are found, or the one before.
function step(by) {
    const names = deck.search(query);
    const found = names.indexOf(current);
    const place = found < 0 ? 0 : Math.min(Math.max(found + by, 0), names.length - 1);
    if (names.length && names[place] !== current) {
        go(names[place]);
    }
}

async function showCard(isNewSide) {
    const card = deck.get(current);
    at("flip").textContent = isAnswer || chosen.both ? "Next card" : "Show answer";
    if (!card) {
        return;
    }
    const found = await sidesOf(card);
    if (card !== deck.get(current) || !found) {
        return; // it has changed meanwhile, and is shown as it is now
    }
    frames.show({ ...card, ...found, styling: deck.styling, typed }, views(), isNewSide);
}

function sidesOf(card) {
    const key = `${card.id} ${card.digest}`;
    if (!sides.has(key)) {
        sides.set(key, source.sides(card.id));
    }
    return sides.get(key);
}

function views() {
    const both = chosen.both ? [false, true] : [isAnswer];
    return clients().flatMap((client) =>
        themesOf(client).flatMap((theme) =>
            both.map((side) => ({ client, theme, isAnswer: side, zoom: chosen.zoom })),
        ),
    );
}

// Black is AnkiDroid's; on a desktop it is night.
function themesOf(client) {
    const known = themes().map((theme) => (client === "desktop" && theme === "black" ? "night" : theme));
    return [...new Set(known)];
}

function clients() {
    const fitting = source.isLive || narrow.matches ? "ankidroid" : "desktop";
    return chosen.clients || [fitting];
}

function themes() {
    const several = source.isLive && !narrow.matches;
    return chosen.themes || (several ? ["light", "night"] : [dark.matches ? "night" : "light"]);
}

function showAbout() {
    const card = deck.get(current);
    const place = deck.places.get(current);
    at("question").textContent = card.title;
    at("place").textContent = `${place[0]}:${place[1]}`;
    at("place").title = `Copy ${placeOf(current)}`;
    if (editor) {
        const path = encodeURI(place[0]);
        at("editor").hidden = false;
        at("editor").href = editor.replace("{path}", path).replace("{line}", place[1]);
    }
    const tags = card.tags.map((tag) => `#${tag}`);
    const kind = [card.typed && "typed", card.retired && "retired"].filter(Boolean);
    at("facts").textContent = [card.note, ...kind, ...tags].join("  ");
    const siblings = deck.siblings(current);
    at("siblings").hidden = siblings.length < 2;
    at("siblings").replaceChildren(
        ...siblings.map((name) => {
            const button = element("button", { type: "button" }, cardLabel(deck.get(name)));
            button.setAttribute("aria-pressed", name === current);
            button.addEventListener("click", () => go(name));
            return button;
        }),
    );
    at("problems").replaceChildren(...deck.problemsOf(card.note).map(problemItem));
    showPosition();
}

function showPosition() {
    const names = deck.search(query);
    const found = names.indexOf(current);
    at("position").textContent = found < 0 ? `– / ${names.length}` : `${found + 1} / ${names.length}`;
}

function placeOf(name) {
    const [path, line] = deck.places.get(name);
    return `${root && root !== "." ? `${root}/` : ""}${path}:${line}`;
}

async function copyPlace() {
    await navigator.clipboard.writeText(placeOf(current));
    at("place").classList.add("copied");
    setTimeout(() => at("place").classList.remove("copied"), 1200);
}

// ---- problems ----

function problemItem(problem) {
    const item = element("li", { className: problem.severity });
    const where = `${problem.path}:${problem.line}:${problem.column}`;
    const first = element("p", {});
    first.append(
        element("strong", {}, problem.severity === "error" ? "Error" : "Warning"),
        ` ${problem.message} `,
        element("span", { className: "code" }, problem.code),
    );
    item.append(first);
    if (problem.marked) {
        const line = element("code", { className: "line" }, problem.before);
        line.append(element("mark", {}, problem.marked), problem.after);
        item.append(line);
    }
    item.append(element("p", { className: "hint" }, [where, problem.hint].filter(Boolean).join(" · ")));
    return item;
}

function showProblems() {
    const errors = deck.problems.filter(isError).length;
    const warnings = deck.problems.length - errors;
    const counts = [counted(errors, "error"), counted(warnings, "warning")].filter(Boolean);
    const pill = at("pill");
    pill.hidden = !counts.length;
    pill.textContent = counts.join(", ");
    pill.className = `pill ${errors ? "error" : "warning"}`;
    const loose = deck.problems.filter((problem) => !problem.note);
    const box = at("loose");
    const wasHidden = box.hidden;
    box.hidden = !loose.length;
    box.open = (!wasHidden && box.open) || (wasHidden && loose.some(isError));
    box.querySelector("summary").textContent =
        `${counted(loose.length, "problem")} that no card has`;
    box.querySelector("ul").replaceChildren(...loose.map(problemItem));
}

function counted(number, word) {
    return number ? `${number} ${word}${number === 1 ? "" : "s"}` : "";
}

// ---- the list ----

function showList() {
    const names = deck.search(query);
    const list = at("list");
    const scrolled = list.scrollTop;
    const focused = list.contains(document.activeElement) && document.activeElement.dataset.key;
    const shown = query ? names.slice(0, MOST_LISTED) : names;
    const groups = deck.groups(shown, grouping).map(([heading, members]) => {
        const isOpen = Boolean(query) || opened.has(`${grouping} ${heading}`);
        return groupElement(heading, members, isOpen);
    });
    if (names.length > shown.length) {
        groups.push(element("p", { className: "more" }, `and ${names.length - shown.length} more`));
    }
    at("groups").replaceChildren(...groups);
    list.scrollTop = scrolled;
    if (focused) {
        list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    }
    at("count").textContent = query
        ? `${names.length} of ${deck.order.length} cards`
        : `${deck.order.length} cards`;
    at("empty").hidden = names.length > 0 || !deck.checked;
    at("empty").textContent = query ? "No card holds all these words." : "There is no card yet.";
}

function groupElement(heading, members, isOpen) {
    const section = element("section", { className: "group" });
    const button = element("button", { type: "button", className: "heading" });
    button.dataset.key = `group ${heading}`;
    button.setAttribute("aria-expanded", isOpen);
    button.append(
        element("span", { className: "name" }, heading),
        element("span", { className: "number" }, members.length),
    );
    button.addEventListener("click", () => {
        const key = `${grouping} ${heading}`;
        if (!opened.delete(key)) {
            opened.add(key);
        }
        showList();
    });
    section.append(button);
    if (isOpen) {
        const rows = element("ul", {});
        rows.append(...members.map(rowElement));
        section.append(rows);
    }
    return section;
}

function rowElement(name) {
    const card = deck.get(name);
    const row = element("li", {});
    const link = element("a", { href: `#${name}` });
    link.dataset.key = name;
    link.append(element("span", { className: "name" }, card.title));
    const badge = { cloze: `c${card.number}`, reversed: "reversed", basic: "" }[card.sort];
    for (const text of [badge, card.typed && "typed", card.retired && "retired"]) {
        if (text) {
            link.append(element("span", { className: "badge" }, text));
        }
    }
    const severity = deck.severity(name);
    if (severity) {
        link.append(element("span", { className: `mark ${severity}`, title: severity }));
    }
    if (name === current) {
        link.setAttribute("aria-current", "true");
    }
    row.append(link);
    return row;
}

// The current card's group is unfolded and its row in sight.
function reveal() {
    const heading = deck.groups([current], grouping)[0][0];
    if (!opened.has(`${grouping} ${heading}`)) {
        opened.add(`${grouping} ${heading}`);
        showList();
    }
    at("groups").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

function element(tag, properties, text) {
    const made = Object.assign(document.createElement(tag), properties);
    if (text !== undefined) {
        made.textContent = text;
    }
    return made;
}

// ---- what was chosen ----

function showChoices() {
    const shown = {
        clients: clients(),
        themes: themes(),
        both: chosen.both ? ["both"] : [],
        zoom: [String(chosen.zoom)],
        phone: [chosen.phone],
    };
    for (const button of document.querySelectorAll("[data-choice] button")) {
        const choice = button.parentElement.dataset.choice;
        button.setAttribute("aria-pressed", shown[choice].includes(button.value));
    }
    at("stage").dataset.phone = chosen.phone;
    document.body.classList.toggle("single", views().length === 1);
}

function choose(choice, value) {
    if (choice === "zoom") {
        chosen.zoom = Number(value);
    } else if (choice === "phone") {
        chosen.phone = value;
    } else if (choice === "both") {
        chosen.both = !chosen.both;
    } else {
        const before = choice === "clients" ? clients() : themes();
        const order = choice === "clients" ? Object.keys(labels) : THEMES;
        const now = order.filter((each) => before.includes(each) !== (each === value));
        chosen[choice] = now.length ? now : before; // one of them is always shown
    }
    keep("views", chosen);
    showChoices();
    showCard(false);
}

// What a private window does not let us keep is forgotten.
function keep(name, value) {
    try {
        localStorage.setItem(`deckgen ${name}`, JSON.stringify(value));
    } catch {}
}

function kept(name) {
    try {
        return JSON.parse(localStorage.getItem(`deckgen ${name}`)) || {};
    } catch {
        return {};
    }
}

// ---- keys ----

function pressed(key) {
    if (key === " " || key === "Enter") {
        turn();
    } else if (key === "ArrowRight" || (key >= "1" && key <= "4" && key.length === 1)) {
        step(1);
    } else if (key === "ArrowLeft") {
        step(-1);
    } else if (key === "/") {
        at("search").focus();
    } else if (key === "c") {
        copyPlace();
    } else if (key === "?") {
        at("help").showModal();
    } else {
        return false;
    }
    return true;
}

document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (event.ctrlKey || event.altKey || event.metaKey || at("help").open) {
        return;
    }
    if (target === at("search")) {
        if (event.key === "Escape") {
            search("");
        }
        if (event.key === "Escape" || event.key === "Enter") {
            target.blur();
            event.preventDefault();
            if (event.key === "Enter" && query && !deck.search(query).includes(current)) {
                step(1);
            }
        }
        return;
    }
    const isControl = target.closest?.("button, a, summary");
    if (isControl && (event.key === " " || event.key === "Enter")) {
        return;
    }
    if (pressed(event.key)) {
        event.preventDefault();
    }
});

// What was pressed with the mouse does not keep the focus, for Space shall turn the card.
document.addEventListener("click", (event) => {
    if (event.detail > 0) {
        event.target.closest("button, summary, #groups a")?.blur();
    }
});

function search(text) {
    query = text;
    at("search").value = text;
    showList();
    showPosition();
}

// ---- news of the deck ----

function hear(change, isWhole) {
    if (isWhole && deck.order.length) {
        change = { ...change, order: change.order || [] }; // all that it does not name is gone
    }
    const before = deck.get(current);
    deck.apply(change);
    document.title = deck.title;
    at("title").textContent = deck.title;
    showProblems();
    showStatus();
    if (missed && deck.get(missed.name)) {
        showList();
        go(missed.name, missed);
        return;
    }
    if (!deck.get(current)) {
        const asked = decodeURIComponent(location.hash.slice(1));
        const near = deck.order[Math.min(position, deck.order.length - 1)];
        const gone = missed || (current ? { name: current, isAnswer } : null);
        current = "";
        showList();
        if (deck.get(asked) || near) {
            go(deck.get(asked) ? asked : near);
        } else {
            showNothing();
        }
        missed = gone;
        return;
    }
    showList();
    showAbout();
    if (before !== deck.get(current) || "styling" in change) {
        showCard(false);
    }
    position = deck.order.indexOf(current);
}

function showNothing() {
    at("question").textContent = "";
    at("place").textContent = "";
    at("facts").textContent = "";
    at("siblings").hidden = true;
    at("problems").replaceChildren();
    frames.show({}, [], true);
}

let isLost = false;

function showStatus() {
    const failure = isLost ? "The preview has ended. Start it again to go on." : deck.failure;
    at("failure").hidden = !failure;
    at("failure").textContent = failure;
    at("status").textContent = source.isLive && !isLost && !deck.checked ? "checking …" : "";
}

// ---- at the start ----

Object.assign(chosen, kept("views"));
document.body.classList.toggle("saved", !source.isLive);

at("flip").addEventListener("click", turn);
at("next").addEventListener("click", () => step(1));
at("previous").addEventListener("click", () => step(-1));
at("place").addEventListener("click", copyPlace);
at("search").addEventListener("input", (event) => search(event.target.value));
at("help-close").addEventListener("click", () => at("help").close());
at("pill").addEventListener("click", () => {
    search("is:faulty");
    if (!at("loose").hidden) {
        at("loose").open = true;
    }
});
at("menu").addEventListener("click", () => {
    const isOpen = document.body.classList.toggle("listing");
    at("menu").setAttribute("aria-expanded", isOpen);
});
at("groups").addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (link) {
        event.preventDefault();
        document.body.classList.remove("listing");
        at("menu").setAttribute("aria-expanded", false);
        go(link.dataset.key);
    }
});
for (const button of document.querySelectorAll("[data-by]")) {
    button.addEventListener("click", () => {
        grouping = button.dataset.by;
        for (const other of document.querySelectorAll("[data-by]")) {
            other.setAttribute("aria-pressed", other === button);
        }
        showList();
        reveal();
    });
}
for (const button of document.querySelectorAll("[data-choice] button")) {
    button.addEventListener("click", () => choose(button.parentElement.dataset.choice, button.value));
}
window.addEventListener("hashchange", () => go(decodeURIComponent(location.hash.slice(1))));
for (const query of [narrow, dark]) {
    query.addEventListener("change", fitScreen);
}

function fitScreen() {
    at("views").open = !narrow.matches;
    showChoices();
    if (current) {
        showCard(false);
    }
}

fitScreen();
source.listen(hear, (lost) => {
    isLost = lost;
    showStatus();
});
