// @ts-check
/**
 * <vf-jobs>: what is being added, as it goes: stage, speed, time left, each file that failed and
 * why; cancel and try again. Footage can be asked about as soon as a stage of it is done.
 *
 * Jobs run one after another, so one stream of events is listened to at a time.
 */

import { api, el, icon, toast } from "./page.js";
import { left } from "./upload.js";

const ENDS = ["done", "failed", "cancelled"];
const KINDS = [
  ...["queued", "started", "progress", "found", "known", "moved", "duplicate"],
  ...["stage", "failed", "note", "done", "ended", "cancelled"],
];
const WAITING = 3;
const FILES = 300;
const AGAIN_MS = 400;
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

/** @param {number} count */
const files = (count) => `${count} ${count === 1 ? "file" : "files"}`;

class Jobs extends HTMLElement {
  /** @type {Map<string, Job>} */
  jobs = new Map();
  /** @type {Set<string>} Those that ended well. */
  well = new Set();
  total = 0;

  connectedCallback() {
    if (!this.said) {
      this.said = el("p", { class: "sr-only", role: "status" });
      this.sum = el("p", { class: "panel row between jobs-sum", hidden: true });
      this.rest = el("p", { class: "muted small", hidden: true });
      this.append(this.said, this.sum, this.rest);
    }
    this.onJob = (/** @type {Event} */ event) => this.follow(/** @type {CustomEvent} */ (event).detail.id);
    document.addEventListener("vf-job", this.onJob);
    this.load();
  }

  disconnectedCallback() {
    if (this.onJob) document.removeEventListener("vf-job", this.onJob);
    this.hush();
  }

  hush() {
    this.source?.close();
    this.source = null;
    this.heard = "";
  }

  /** Show what is under way, and what failed last. */
  async load() {
    try {
      const { jobs } = await api("/jobs?limit=200");
      const open = jobs.filter((/** @type {any} */ job) => !ENDS.includes(job.state));
      const last = jobs[0]?.state === "failed" ? [jobs[0]] : [];
      for (const job of [...open, ...last].reverse()) this.put(job);
      this.listen();
    } catch {
      /* whoever may not add sees no jobs */
    }
  }

  /** @param {string} id */
  async follow(id) {
    if (!id) return this.load();
    try {
      this.put(await api(`/jobs/${id}`));
      this.listen();
    } catch (error) {
      toast(/** @type {Error} */ (error).message, "danger");
    }
  }

  /** @param {any} document */
  put(document) {
    let job = this.jobs.get(document.id);
    if (!job) {
      job = new Job(document, (what) => this.act(document.id, what));
      this.jobs.set(document.id, job);
      this.append(job.shown);
    } else job.update(document);
    if (document.state === "done") {
      const count = document.progress?.files || document.files?.length || 1;
      if (!this.well.has(document.id)) this.say(`${files(count)} added: ${document.files?.map((/** @type {any} */ f) => nameOf(f.path)).slice(0, 3).join(", ")}`);
      this.well.add(document.id);
      const hadFocus = job.shown.contains(globalThis.document.activeElement);
      job.shown.remove();
      this.total += count;
      this.jobs.delete(document.id);
      this.showSum(hadFocus);
    } else if (document.state === "failed") this.say(job.title.textContent ?? "");
    this.showWaiting();
  }

  /** @param {string} text */
  say(text) {
    if (this.said && this.said.textContent !== text) this.said.textContent = text;
  }

  /** @param {boolean} focus */
  showSum(focus) {
    if (!this.sum) return;
    const see = el("a", { class: "btn small primary", href: "/library" }, "Show what is new");
    const ask = el("a", { class: "btn small", href: "/" }, icon("search"), "Ask about it");
    this.sum.replaceChildren(el("strong", {}, `${files(this.total)} added`), el("span", { class: "row" }, see, ask));
    this.sum.hidden = false;
    const first = document.querySelector(".library-first h2");
    if (first) first.textContent = "Footage comes in";
    if (focus) see.focus();
  }

  /** Only the next few of those that wait are shown. */
  showWaiting() {
    const waiting = [...this.jobs.values()].filter((job) => job.document.state === "waiting");
    for (const [place, job] of waiting.entries()) job.shown.hidden = place >= WAITING;
    const more = waiting.length - WAITING;
    if (!this.rest) return;
    this.rest.hidden = more <= 0;
    this.rest.textContent = more === 1 ? "One more waits." : `${more} more wait.`;
    this.append(this.rest);
  }

  /** Listen to the job that runs, or the first that waits. */
  listen() {
    const open = [...this.jobs.values()].filter((job) => !ENDS.includes(job.document.state));
    const next = open.find((job) => job.document.state === "running") ?? open[0];
    if (!next) return this.hush();
    if (this.heard === next.document.id && this.source) return;
    this.hush();
    this.heard = next.document.id;
    this.source = new EventSource(`/api/v1${next.path}/events`);
    for (const kind of KINDS)
      this.source.addEventListener(kind, (event) => this.hear(next, /** @type {MessageEvent} */ (event)));
    this.source.addEventListener("error", () => {
      if (this.source?.readyState === EventSource.CLOSED) this.refresh(next);
    });
  }

  /** @param {Job} job @param {MessageEvent} event */
  hear(job, event) {
    if (event.data === undefined) return; // the line itself, not the job
    const said = JSON.parse(event.data);
    if (said.progress) job.document.progress = said.progress;
    if (said.kind === "started") job.document.state = "running";
    job.show();
    if (["ended", "cancelled"].includes(said.kind)) this.refresh(job);
    else if (["failed", "done", "found"].includes(said.kind)) this.refreshSoon(job);
  }

  /** @param {Job} job */
  refreshSoon(job) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(job), AGAIN_MS);
  }

  /** @param {Job} job */
  async refresh(job) {
    clearTimeout(this.timer);
    try {
      const now = await api(job.path);
      this.put(now);
      if (ENDS.includes(now.state)) {
        this.hush();
        this.load();
      }
    } catch (error) {
      this.hush();
      job.told.textContent = /** @type {Error} */ (error).message;
    }
  }

  /** @param {string} id @param {string} what */
  async act(id, what) {
    const job = this.jobs.get(id);
    if (!job) return;
    if (what === "away") {
      job.shown.remove();
      this.jobs.delete(id);
      return;
    }
    try {
      this.put(await api(`${job.path}/${what}`, { method: "POST" }));
      this.listen();
    } catch (error) {
      toast(/** @type {Error} */ (error).message, "danger");
    }
  }
}

/** One job as it is shown. */
class Job {
  /** @param {any} document @param {(what: string) => void} act */
  constructor(document, act) {
    this.document = document;
    this.act = act;
    this.title = el("strong", { class: "clip" });
    this.told = el("span", { class: "small muted" });
    this.bar = el("progress", { max: 1, value: 0 });
    this.buttons = el("span", { class: "row nowrap" });
    this.files = el("ul", { tabindex: 0, "aria-label": "Files" });
    this.more = el("details", { class: "small" }, el("summary", {}, "Files"), this.files);
    this.shown = el(
      "section",
      { class: "panel job" },
      el("div", { class: "job-line" }, el("span", { class: "job-head" }, this.title, this.told), this.buttons, this.bar),
      this.more,
    );
    this.show();
  }

  get path() {
    return `/jobs/${encodeURIComponent(this.document.id)}`;
  }

  /** @param {any} document */
  update(document) {
    this.document = document;
    this.show();
  }

  get name() {
    const { files: held, paths, progress } = this.document;
    const count = progress?.files || held?.length || 0;
    if (count > 1) return files(count);
    return nameOf(held?.[0]?.path ?? paths?.[0] ?? "footage");
  }

  show() {
    const { state, progress, error } = this.document;
    const count = progress?.files || this.document.files?.length || 0;
    const wrong = progress?.failed ?? 0;
    const well = (progress?.done ?? 0) - wrong;
    const partly = `${well} of ${files(count)} added`;
    const titles = /** @type {Record<string, string>} */ ({
      waiting: `${this.name} waits`,
      running: `Adding ${this.name}`,
      done: `${this.name} added`,
      failed: error || count < 2 ? `${this.name} could not be added in full` : `${partly}, ${wrong} not in full`,
      cancelled: count < 2 ? `${this.name}: cancelled` : `Cancelled; ${partly}`,
    });
    this.title.textContent = titles[state] ?? state;
    this.shown.setAttribute("aria-label", this.title.textContent);
    this.bar.hidden = state !== "running";
    this.bar.setAttribute("aria-label", `How far: ${this.name}`);
    this.bar.value = progress?.fraction ?? 0;
    const told = [];
    if (state === "running") {
      told.push(`${Math.round((progress?.fraction ?? 0) * 100)} %`);
      if (count > 1) told.push(`${progress?.done ?? 0} of ${count} done`);
      if (progress?.stage) told.push(SAYS[progress.stage] ?? progress.stage);
      if (progress?.speed) told.push(`${progress.speed.toFixed(1)}× the speed of the footage`);
      if (progress?.eta_s !== null && progress?.eta_s !== undefined) told.push(left(progress.eta_s));
    }
    if (error) told.push(error);
    this.told.textContent = told.join(" · ");
    this.showButtons(state);
    this.showFiles(state);
  }

  /** @param {string} state */
  showButtons(state) {
    if (this.buttons.dataset.state === state) return;
    const hadFocus = this.buttons.contains(document.activeElement);
    this.buttons.dataset.state = state;
    const button = (/** @type {string} */ what, /** @type {(string | Node)[]} */ ...said) =>
      el(
        "button",
        { class: `btn small${what === "away" ? " quiet" : ""}`, type: "button", on: { click: () => this.act(what) } },
        ...said,
        el("span", { class: "sr-only" }, `: ${this.name}`),
      );
    const cancel = () => button("cancel", "Cancel");
    const ask = () => el("a", { class: "btn small", href: "/" }, icon("search"), "Ask already");
    const again = () => button("retry", icon("refresh"), "Try again");
    const away = () => button("away", "Put away");
    const shown = { waiting: [cancel], running: [ask, cancel], failed: [again, away], cancelled: [again, away] };
    this.buttons.replaceChildren(...(shown[/** @type {keyof shown} */ (state)] ?? []).map((make) => make()));
    if (hadFocus) /** @type {HTMLElement | null} */ (this.buttons.firstElementChild)?.focus();
  }

  /** @param {string} state */
  showFiles(state) {
    const every = this.document.files ?? [];
    const notes = this.document.notes ?? [];
    const wrong = every.filter((/** @type {any} */ file) => file.error);
    const fine = every.filter((/** @type {any} */ file) => !file.error);
    this.more.hidden = every.length < 2 && wrong.length + notes.length === 0;
    if (wrong.length && ENDS.includes(state)) this.more.open = true;
    this.files.replaceChildren(
      ...notes.map((/** @type {string} */ note) => el("li", { class: "muted" }, note)),
      ...[...wrong, ...fine].slice(0, FILES).map((file) =>
        el(
          "li",
          {},
          file.video ? el("a", { href: `/videos/${file.video}` }, nameOf(file.path)) : nameOf(file.path),
          el("span", { class: "muted" }, ` ${toldOf(file)}`),
          file.error ? el("span", { class: "error" }, ` ${file.error}`) : null,
        ),
      ),
    );
  }
}

/** @param {any} file */
function toldOf(file) {
  if (["duplicate", "known"].includes(file.news)) return "was here already";
  if (file.state === "done") return "done";
  if (file.stages?.length) return file.stages.map((/** @type {string} */ stage) => SAYS[stage] ?? stage).join(", ");
  return file.error ? "" : file.state;
}

customElements.define("vf-jobs", Jobs);
