// @ts-check
/**
 * <vf-transcript>: lines that follow the player, can be clicked, searched and put right.
 */
import { el, headers, icon, isCalm, toast } from "./page.js";
import { player } from "./player.js";

const RESTS_MS = 4000; // after somebody scrolled, it does not follow for so long

class Transcript extends HTMLElement {
  /** @type {HTMLElement[]} */
  lines = [];
  /** @type {number[]} */
  starts = [];
  /** @type {HTMLElement | null} */
  now = null;
  /** @type {Range[]} */
  found = [];
  place = -1;
  scrolledAt = 0;
  isOurs = false;

  connectedCallback() {
    const list = this.querySelector(".lines");
    if (!(list instanceof HTMLElement)) return;
    this.list = list;
    this.read();
    player()?.addEventListener("vf-time", (event) => this.follow(/** @type {CustomEvent} */ (event).detail.time));
    list.addEventListener("click", (event) => this.clicked(event));
    for (const event of ["wheel", "touchmove", "pointerdown"]) {
      list.addEventListener(event, () => (this.scrolledAt = Date.now()), { passive: true });
    }
    const find = this.querySelector("[data-find]");
    find?.addEventListener("input", () => this.search());
    find?.addEventListener("keydown", (event) => this.typed(/** @type {KeyboardEvent} */ (event)));
    this.querySelector("[data-find-on]")?.addEventListener("click", () => this.go(1));
    this.querySelector("[data-find-back]")?.addEventListener("click", () => this.go(-1));
    this.querySelector("[data-follow]")?.addEventListener("change", () => {
      this.scrolledAt = 0;
      this.follow(player()?.time ?? 0, true);
    });
    const start = player()?.data.start;
    if (start !== null && start !== undefined) this.follow(start, true);
  }

  read() {
    this.lines = /** @type {HTMLElement[]} */ ([...this.querySelectorAll(".line")]);
    this.starts = this.lines.map((line) => Number(line.dataset.start));
  }

  get isFollowing() {
    return /** @type {HTMLInputElement | null} */ (this.querySelector("[data-follow]"))?.checked ?? false;
  }

  /** Show the line that is said. @param {number} at @param {boolean} [isForced] */
  follow(at, isForced = false) {
    const starts = this.starts;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= at + 0.05) low = middle + 1;
      else high = middle;
    }
    const line = this.lines[low - 1] ?? null;
    const isSaid = line !== null && at < Number(line.dataset.end) + 0.05;
    const now = isSaid ? line : null;
    if (now === this.now && !isForced) return;
    this.now?.removeAttribute("aria-current");
    this.now = now;
    now?.setAttribute("aria-current", "true");
    if (this.isFollowing && line && Date.now() - this.scrolledAt > RESTS_MS) this.show(line, isForced);
  }

  /** Scroll the list, and nothing else of the page. @param {HTMLElement} line @param {boolean} [atOnce] */
  show(line, atOnce = false) {
    const list = this.list;
    if (!list || list.contains(document.activeElement?.closest("form.fixing") ?? null)) return;
    const top = line.offsetTop - list.clientHeight / 3; // of the list: it is positioned
    list.scrollTo({ top, behavior: atOnce || isCalm() ? "instant" : "smooth" });
  }

  /** @param {Event} event */
  clicked(event) {
    const at = /** @type {Element} */ (event.target);
    const line = at.closest(".line");
    if (!(line instanceof HTMLElement)) return;
    if (at.closest("[data-fix]")) return this.fix(line);
    if (at.closest("form")) return;
    const mouse = /** @type {MouseEvent} */ (event);
    if (mouse.ctrlKey || mouse.metaKey || mouse.shiftKey || getSelection()?.toString()) return;
    const link = at.closest("a");
    if (!player()) return;
    if (link || at.closest(".words")) {
      event.preventDefault();
      player()?.seek(Number(line.dataset.start));
    }
  }

  // -- search ---------------------------------------------------------------------------------------

  search() {
    const wanted = /** @type {HTMLInputElement} */ (this.querySelector("[data-find]")).value.trim().toLowerCase();
    this.found = wanted ? this.lines.flatMap((line) => ranges(line, wanted)) : [];
    this.place = -1;
    paint("vf-found", this.found);
    paint("vf-found-now", []);
    this.tell(wanted);
    if (this.found.length) this.go(1);
  }

  /** @param {string} wanted */
  tell(wanted) {
    const place = /** @type {HTMLElement} */ (this.querySelector("[data-found]"));
    const count = this.found.length;
    place.textContent = !wanted ? "" : count ? `${this.place + 1} of ${count}` : "Not said here.";
  }

  /** @param {1 | -1} way */
  go(way) {
    if (!this.found.length) return;
    this.place = (this.place + way + this.found.length) % this.found.length;
    const range = this.found[this.place];
    const line = /** @type {HTMLElement | null} */ (range.startContainer.parentElement?.closest(".line"));
    paint("vf-found-now", [range]);
    this.tell("so");
    this.scrolledAt = Date.now();
    if (line) this.show(line);
  }

  /** @param {KeyboardEvent} event */
  typed(event) {
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (event.key === "Enter") {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) {
        const line = this.found[this.place]?.startContainer.parentElement?.closest(".line");
        if (line) player()?.seek(Number(line.getAttribute("data-start")));
      } else this.go(event.shiftKey ? -1 : 1);
    }
    if (event.key === "Escape") {
      field.value = "";
      this.search();
      field.blur();
    }
  }

  // -- putting right ----------------------------------------------------------------------------------

  /** @param {HTMLElement} line */
  fix(line) {
    const words = line.querySelector(".words");
    const said = words?.querySelector(":scope > p");
    if (!words || !said || line.querySelector("form")) return;
    const was = said.textContent?.trim() ?? "";
    const area = el("textarea", { name: "text", rows: 3, maxlength: 2000, "aria-label": "The right words" }, was);
    const form = el(
      "form",
      { class: "fixing stack tight", on: { submit: (/** @type {Event} */ event) => void this.keep(event, line, was) } },
      area,
      el("div", { class: "row" }, el("button", { class: "btn small primary" }, icon("check"), "Save"), el("button", { class: "btn small", type: "button", on: { click: () => this.leave(line) } }, "Cancel")),
      el("p", { class: "hint" }, "From now on your words are found, quoted and exported. The machine's words stay beside them."),
    );
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.leave(line);
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    words.classList.add("hidden-words");
    words.after(form);
    area.focus();
    area.setSelectionRange(was.length, was.length);
  }

  /** @param {HTMLElement} line */
  leave(line) {
    line.querySelector("form")?.remove();
    line.querySelector(".words")?.classList.remove("hidden-words");
    /** @type {HTMLElement | null} */ (line.querySelector("[data-fix]"))?.focus();
  }

  /** @param {Event} event @param {HTMLElement} line @param {string} was */
  async keep(event, line, was) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const text = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("text")).value;
    const save = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
    save.disabled = true;
    const body = new URLSearchParams({ at: line.dataset.start ?? "0", track: line.dataset.track ?? "", was, text });
    const answered = await fetch(this.dataset.action ?? "", { method: "POST", headers: headers(), body }).catch(() => null);
    save.disabled = false;
    if (!answered?.ok) {
      toast((await answered?.text()) || "The server does not answer.", "danger");
      return;
    }
    const place = document.createElement("template");
    place.innerHTML = await answered.text(); // a line made by the server's own template
    const made = place.content.querySelector(".line");
    if (!(made instanceof HTMLElement)) return;
    line.replaceWith(made);
    this.read();
    this.now = null;
    this.follow(player()?.time ?? 0);
    /** @type {HTMLElement | null} */ (made.querySelector("[data-fix]"))?.focus();
    toast("Put right.");
    const track = /** @type {HTMLTrackElement | null} */ (document.querySelector("vf-player track"));
    if (track) track.src = `${track.src.split("?")[0]}?since=${Date.now()}`;
  }
}

/** Where words stand in a line. @param {HTMLElement} line @param {string} wanted @returns {Range[]} */
function ranges(line, wanted) {
  const found = [];
  const words = line.querySelector(".words > p");
  if (!words) return [];
  const walker = document.createTreeWalker(words, NodeFilter.SHOW_TEXT);
  /** @type {{node: Text, from: number}[]} */
  const nodes = [];
  let text = "";
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    nodes.push({ node: /** @type {Text} */ (node), from: text.length });
    text += node.textContent ?? "";
  }
  const low = text.toLowerCase();
  const at = (/** @type {number} */ n) => nodes.filter((one) => one.from <= n).pop() ?? nodes[0];
  for (let n = low.indexOf(wanted); n >= 0; n = low.indexOf(wanted, n + wanted.length)) {
    const [first, last] = [at(n), at(n + wanted.length - 1)];
    const range = new Range();
    range.setStart(first.node, n - first.from);
    range.setEnd(last.node, n + wanted.length - last.from);
    found.push(range);
  }
  return found;
}

/** @param {string} name @param {Range[]} found */
function paint(name, found) {
  const all = /** @type {any} */ (CSS).highlights;
  if (!all) return;
  all.set(name, new /** @type {any} */ (globalThis).Highlight(...found));
}

customElements.whenDefined("vf-player").then(() => customElements.define("vf-transcript", Transcript));
