// @ts-check
/**
 * <vf-ask>: the conversation. Sends a question, shows what is being done and each checked claim as
 * it comes, then the whole answer, which the server has put together.
 */
import "./preview.js";
import "./moments.js";
import { el, headers, isCalm, Problem, toast } from "./page.js";
import { events } from "./stream.js";

class Ask extends HTMLElement {
  /** @type {AbortController | null} */
  going = null;

  connectedCallback() {
    const form = this.form;
    const field = this.field;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.going) return this.stop();
      const question = field.value.trim();
      if (question) void this.ask(question);
    });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        if (!this.going) form.requestSubmit();
      }
      if (event.key === "Escape") {
        if (this.going) this.stop();
        else this.leave(field);
      }
    });
    this.addEventListener("submit", (event) => {
      const chosen = /** @type {SubmitEvent} */ (event).submitter;
      if (!(event.target instanceof HTMLFormElement) || !event.target.matches("[data-choices]")) return;
      event.preventDefault();
      if (chosen instanceof HTMLButtonElement && !this.going) void this.ask(chosen.value, chosen.textContent?.trim());
    });
    this.addEventListener("click", (event) => {
      const at = /** @type {Element} */ (event.target);
      if (at.closest("[data-picture]")) /** @type {HTMLDialogElement} */ (document.getElementById("picture")).showModal();
    });
    const turns = this.querySelectorAll(".turn");
    if (turns.length > 1 && !location.hash) turns[turns.length - 1].scrollIntoView();
  }

  /** Go from the question to the last answer, so that keys of the page work. @param {HTMLElement} field */
  leave(field) {
    const last = /** @type {HTMLElement | null} */ (this.querySelector(".turn:last-child .question"));
    last ? last.focus() : field.blur();
  }

  get form() {
    return /** @type {HTMLFormElement} */ (this.querySelector(".composer"));
  }

  get field() {
    return /** @type {HTMLTextAreaElement} */ (this.querySelector("[data-question]"));
  }

  stop() {
    this.going?.abort();
  }

  /** Say to a screen reader what happens. @param {string} text */
  say(text) {
    const place = this.querySelector("[data-said]");
    if (place) place.textContent = text;
  }

  /** @param {boolean} isGoing */
  busy(isGoing) {
    const send = /** @type {HTMLElement} */ (this.form.querySelector(".send"));
    send.setAttribute("aria-label", isGoing ? "Stop" : "Ask");
    const word = send.querySelector(".send-word");
    if (word) word.textContent = isGoing ? "Stop" : "Ask";
    const use = send.querySelector("use");
    use?.setAttribute("href", (use.getAttribute("href") ?? "").replace(/#.*/, isGoing ? "#close" : "#send"));
    this.form.toggleAttribute("data-going", isGoing);
  }

  /** Take a turn. @param {string} question @param {string} [shown] What stands as the question. */
  async ask(question, shown = question) {
    this.begin();
    const sent = new FormData(this.form);
    sent.set("question", question);
    const live = this.live(shown);
    this.field.value = "";
    this.going = new AbortController();
    this.busy(true);
    try {
      for await (const event of events("/talk", sent, this.going.signal)) this.take(event, live);
    } catch (error) {
      this.broke(live, question, error);
    } finally {
      this.going = null;
      this.busy(false);
    }
  }

  /** Leave the first look of the page behind. */
  begin() {
    const page = this.closest(".ask");
    page?.classList.add("has-turns");
    for (const gone of this.querySelectorAll(".hello, .recent")) gone.remove();
  }

  /** The place where an answer is being made. @param {string} question */
  live(question) {
    const live = el(
      "article",
      { class: "turn live", "aria-busy": "true" },
      el("h2", { class: "question" }, question),
      el("p", { class: "understood", hidden: true }),
      el("ol", { class: "claims plain" }),
      el("p", { class: "muted busy", "data-progress": true }, "Reading the question"),
    );
    this.querySelector(".turns")?.append(live);
    live.scrollIntoView({ behavior: isCalm() ? "auto" : "smooth", block: "start" });
    this.say("Looking.");
    return live;
  }

  /** @param {import("./stream.js").Event} event @param {HTMLElement} live */
  take(event, live) {
    const part = (/** @type {string} */ of) => /** @type {HTMLElement} */ (live.querySelector(of));
    if (event.name === "progress") {
      part("[data-progress]").textContent = event.data.text;
      this.say(event.data.text);
    } else if (event.name === "understood") {
      part(".understood").textContent = `Understood as: ${event.data.text}`;
      part(".understood").hidden = false;
    } else if (event.name === "claim") {
      const made = parsed(event.data.html);
      this.say(made.textContent?.trim() ?? "");
      part(".claims").append(made);
    } else if (event.name === "turn") {
      this.finish(event.data, live);
    } else if (event.name === "problem") {
      throw new Problem(event.data.status ?? 500, event.data);
    }
  }

  /** @param {{html: string, talk: string, number: number, is_anew: boolean}} made @param {HTMLElement} live */
  finish(made, live) {
    const turn = parsed(made.html).firstElementChild;
    if (!turn) return;
    live.replaceWith(turn);
    this.dataset.talk = made.talk;
    for (const [name, value] of [["talk", made.talk], ["after", ""]]) {
      const kept = /** @type {HTMLInputElement} */ (this.form.elements.namedItem(name));
      kept.value = value;
    }
    history.replaceState(null, "", `/?talk=${encodeURIComponent(made.talk)}`);
    document.title = `${turn.querySelector(".question")?.textContent} · viewfinder`;
    this.field.placeholder = "Ask on, or anew";
    this.say(summary(turn));
  }

  /** @param {HTMLElement} live @param {string} question @param {unknown} error */
  broke(live, question, error) {
    const stopped = error instanceof DOMException && error.name === "AbortError";
    const said = stopped ? "Stopped. What was said before still holds." : error instanceof Error ? error.message : String(error);
    const again = el("button", { class: "btn small", type: "button" }, "Ask again");
    again.addEventListener("click", () => {
      live.remove();
      void this.ask(question);
    });
    live.querySelector("[data-progress]")?.replaceWith(el("div", { class: `note ${stopped ? "" : "danger"} row between` }, el("span", {}, said), again));
    live.removeAttribute("aria-busy");
    this.say(said);
    if (!stopped && error instanceof Problem && error.status === 401) toast("Log in again.", "danger");
  }
}

/** What the server made, as nodes; scripts in it would not run. @param {string} html */
function parsed(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  return made.content;
}

/** What a screen reader hears of a whole answer. @param {Element} turn */
function summary(turn) {
  const text = (/** @type {string} */ of) => [...turn.querySelectorAll(of)].map((e) => e.textContent?.trim() ?? "");
  const claims = text(".answer > .claims .words");
  const note = text(".answer > .note p");
  const moments = turn.querySelectorAll("vf-moment").length;
  if (claims.length) return `Answer: ${claims.join(" ")} ${moments} moments.`;
  return note.slice(0, 2).join(" ") || `${moments} moments.`;
}

customElements.define("vf-ask", Ask);

// -- judge, keep, collect: forms that work by themselves, sent without leaving the page here -----

/** @param {HTMLFormElement} form @param {HTMLElement | null} by @param {string} said */
async function send(form, by, said) {
  const sent = new FormData(form, by);
  const answered = await fetch(form.action, { method: "POST", body: new URLSearchParams(/** @type {any} */ (sent)), headers: headers({ Accept: "application/json" }) });
  if (answered.ok) {
    toast(said);
    return true;
  }
  const problem = await answered.json().catch(() => ({}));
  toast(problem.detail || "That did not work.", "danger");
  return false;
}

document.addEventListener("submit", async (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const by = /** @type {HTMLElement | null} */ (event.submitter);
  if (form.matches("[data-judge]")) {
    event.preventDefault();
    if (!(await send(form, by, "Noted; see History."))) return;
    for (const each of form.querySelectorAll("button")) each.setAttribute("aria-pressed", String(each === by));
    if (/** @type {HTMLButtonElement} */ (by).value === "not relevant") form.closest("vf-moment")?.setAttribute("data-judged", "no");
  } else if (form.matches("[data-keep]")) {
    event.preventDefault();
    if (await send(form, by, "Saved; see Collections, Saved searches.")) by?.setAttribute("disabled", "");
  } else if (form.matches("[data-collecting]")) {
    event.preventDefault();
    if (await send(form, by, "Put into the collection.")) form.closest("dialog")?.close();
  }
});

document.addEventListener("click", async (event) => {
  const link = /** @type {Element} */ (event.target).closest("[data-collect]");
  if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const answered = await fetch(`${link.href}&part=true`);
  if (!answered.ok) return location.assign(link.href);
  const dialog = el("dialog", { "aria-labelledby": "collect-title" });
  dialog.append(parsed(await answered.text()));
  dialog.addEventListener("close", () => {
    dialog.remove();
    link.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
});

// -- the menu of what can be taken out: Escape and a click elsewhere close it ---------------------

document.addEventListener("keydown", (event) => {
  const open = /** @type {HTMLDetailsElement | null} */ (event.key === "Escape" ? document.querySelector("details.take[open]") : null);
  if (!open) return;
  event.preventDefault();
  open.open = false;
  open.querySelector("summary")?.focus();
});
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.take[open]"))
    if (!open.contains(/** @type {Node} */ (event.target))) open.removeAttribute("open");
});

// -- compare: pick two --------------------------------------------------------------------------

/** @type {Map<string, string>} */
const picked = new Map();

document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-compare]");
  if (!(button instanceof HTMLElement)) return;
  const moment = button.dataset.compare ?? "";
  if (!picked.delete(moment)) picked.set(moment, button.dataset.name ?? "");
  if (picked.size > 2) picked.delete([...picked.keys()][0]);
  for (const each of document.querySelectorAll("[data-compare]"))
    each.setAttribute("aria-pressed", String(picked.has(/** @type {HTMLElement} */ (each).dataset.compare ?? "")));
  const bar = /** @type {HTMLElement | null} */ (document.querySelector(".compare-bar"));
  if (!bar) return;
  const [a, b] = [...picked.keys()];
  bar.hidden = !a;
  bar.replaceChildren(el("span", {}, b ? "Two moments picked." : "Pick another moment to compare with."));
  if (b) bar.append(el("a", { class: "btn primary small", href: `/compare?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}` }, "Compare"));
});
