// @ts-check
/**
 * <vf-jobs>: what is being added, as it goes: stage, speed, time left, each file that failed and
 * why; cancel and try again. Footage can be asked about as soon as a stage of it is done.
 */

import { api, el, icon, toast } from "./page.js";
import { left } from "./upload.js";

const ENDS = ["done", "failed", "cancelled"];
const SAYS = /** @type {Record<string, string>} */ ({
  decode: "reading",
  sidecars: "captions",
  speech: "listening",
  screen_text: "reading text on screen",
  picture: "looking",
  joint: "looking closely",
  index: "making it searchable",
});

/** @param {string} path */
const nameOf = (path) => path.split(/[\\/]/).pop() ?? path;

class Jobs extends HTMLElement {
  connectedCallback() {
    /** @type {Map<string, Job>} */
    this.jobs = new Map();
    this.said = el("p", { class: "sr-only", role: "status" });
    this.append(this.said);
    this.onJob = (/** @type {Event} */ event) => this.follow(/** @type {CustomEvent} */ (event).detail);
    document.addEventListener("vf-job", this.onJob);
    this.load();
  }

  disconnectedCallback() {
    if (this.onJob) document.removeEventListener("vf-job", this.onJob);
    for (const job of this.jobs?.values() ?? []) job.close();
  }

  async load() {
    try {
      const { jobs } = await api("/jobs");
      const open = jobs.filter((/** @type {any} */ job) => !ENDS.includes(job.state));
      const ended = jobs.find((/** @type {any} */ job) => job.state === "failed");
      for (const job of open.reverse()) this.follow(job);
      if (!open.length && ended && jobs[0] === ended) this.follow(ended);
    } catch {
      /* whoever may not add sees no jobs */
    }
  }

  /** @param {any} document */
  follow(document) {
    const known = this.jobs?.get(document.id);
    if (known) known.update(document);
    else {
      const job = new Job(document, (text) => this.said && (this.said.textContent = text));
      this.jobs?.set(document.id, job);
      this.prepend(job.shown);
    }
  }
}

class Job {
  /** @param {any} document @param {(text: string) => void} say */
  constructor(document, say) {
    this.document = document;
    this.say = say;
    /** @type {EventSource | null} */
    this.source = null;
    this.title = el("strong");
    this.told = el("span", { class: "small muted" });
    this.bar = el("progress", { max: 1, value: 0, "aria-label": "How far adding is" });
    this.buttons = el("span", { class: "row" });
    this.files = el("ul", { tabindex: 0, "aria-label": "Files" });
    this.more = el("details", { class: "small" }, el("summary", {}, "Files"), this.files);
    this.shown = el(
      "section",
      { class: "panel job", "aria-label": "Adding footage" },
      el("div", { class: "job-line" }, el("span", { class: "row" }, this.title, this.told), this.buttons, this.bar),
      this.more,
    );
    this.more.addEventListener("toggle", () => this.more.open && this.refresh());
    this.update(document);
  }

  get path() {
    return `/jobs/${encodeURIComponent(this.document.id)}`;
  }

  close() {
    this.source?.close();
    this.source = null;
  }

  /** @param {any} document */
  update(document) {
    const before = this.document.state;
    this.document = document;
    this.show();
    if (ENDS.includes(document.state)) {
      this.close();
      if (!ENDS.includes(before)) this.say(this.title.textContent ?? "");
    } else this.listen();
  }

  listen() {
    if (this.source) return;
    this.source = new EventSource(`/api/v1${this.path}/events`);
    const heard = (/** @type {MessageEvent} */ event) => {
      const said = JSON.parse(event.data);
      if (said.progress) this.document.progress = said.progress;
      if (said.kind === "started") this.document.state = "running";
      this.show();
      if (["failed", "done"].includes(said.kind)) this.refresh();
      if (["ended", "cancelled"].includes(said.kind)) this.refresh();
    };
    for (const kind of ["queued", "started", "progress", "found", "known", "moved", "duplicate", "stage", "failed", "note", "done", "ended", "cancelled", "message"])
      this.source.addEventListener(kind, heard);
    this.source.addEventListener("error", () => {
      if (this.source?.readyState === EventSource.CLOSED) {
        this.close();
        this.refresh();
      }
    });
  }

  async refresh() {
    try {
      this.update(await api(this.path));
    } catch (error) {
      this.close();
      this.told.textContent = /** @type {Error} */ (error).message;
    }
  }

  /** @param {string} what */
  async act(what) {
    try {
      this.update(await api(`${this.path}/${what}`, { method: "POST" }));
    } catch (error) {
      toast(/** @type {Error} */ (error).message, "danger");
    }
  }

  show() {
    const { state, progress, error } = this.document;
    const count = progress?.files || this.document.files?.length || 0;
    const noun = count === 1 ? "file" : "files";
    const well = (progress?.done ?? 0) - (progress?.failed ?? 0);
    const titles = /** @type {Record<string, string>} */ ({
      waiting: "Waits its turn",
      running: `Adding ${count || ""} ${noun}`.replace("  ", " "),
      done: `${count} ${noun} added`,
      failed: error ? "This could not be added" : `${well} of ${count} ${noun} added, ${progress?.failed ?? 0} failed`,
      cancelled: `Cancelled; ${well} of ${count} ${noun} added`,
    });
    this.title.textContent = titles[state] ?? state;
    this.bar.hidden = ENDS.includes(state);
    this.bar.value = progress?.fraction ?? 0;
    const told = [];
    if (state === "running") {
      if (count > 1) told.push(`${progress?.done ?? 0} of ${count} done`);
      if (progress?.stage) told.push(SAYS[progress.stage] ?? progress.stage);
      if (progress?.speed) told.push(`${progress.speed.toFixed(1)}× the speed of the footage`);
      if (progress?.eta_s != null) told.push(left(progress.eta_s));
    }
    if (error) told.push(error);
    this.told.textContent = told.join(" · ");
    this.showButtons(state);
    this.showFiles();
  }

  /** @param {string} state */
  showButtons(state) {
    if (this.buttons.dataset.state === state) return;
    const hadFocus = this.buttons.contains(document.activeElement);
    this.buttons.dataset.state = state;
    const cancel = el("button", { class: "btn small", type: "button", on: { click: () => this.act("cancel") } }, "Cancel");
    const retry = el("button", { class: "btn small", type: "button", on: { click: () => this.act("retry") } }, icon("refresh"), "Try again");
    const ask = el("a", { class: "btn small", href: "/" }, icon("search"), "Ask already");
    const see = el("a", { class: "btn small primary", href: "/library" }, "Show them");
    const away = el("button", { class: "btn small quiet", type: "button", on: { click: () => this.shown.remove() } }, "Put away");
    const shown = { waiting: [cancel], running: [ask, cancel], done: [see], failed: [see, retry, away], cancelled: [retry, away] };
    this.buttons.replaceChildren(...(shown[/** @type {keyof shown} */ (state)] ?? []));
    if (hadFocus) /** @type {HTMLElement | null} */ (this.buttons.firstElementChild)?.focus();
  }

  showFiles() {
    const files = this.document.files ?? [];
    this.more.hidden = !files.length;
    const wrong = files.filter((/** @type {any} */ file) => file.error);
    if (wrong.length && ENDS.includes(this.document.state)) this.more.open = true;
    const notes = (this.document.notes ?? []).map((/** @type {string} */ note) => el("li", { class: "muted" }, note));
    this.files.replaceChildren(
      ...notes,
      ...[...wrong, ...files.filter((/** @type {any} */ file) => !file.error)].slice(0, 300).map((/** @type {any} */ file) =>
        el(
          "li",
          { class: "job-file" },
          file.video ? el("a", { href: `/videos/${file.video}` }, nameOf(file.path)) : nameOf(file.path),
          el("span", { class: "muted" }, ` ${this.fileTold(file)}`),
          file.error ? el("span", { class: "error" }, ` ${file.error}`) : null,
        ),
      ),
    );
  }

  /** @param {any} file */
  fileTold(file) {
    if (file.news === "duplicate" || file.news === "known") return "was here already";
    if (file.state === "done") return "done";
    if (file.stages?.length) return file.stages.map((/** @type {string} */ stage) => SAYS[stage] ?? stage).join(", ");
    return file.error ? "" : file.state;
  }
}

customElements.define("vf-jobs", Jobs);
