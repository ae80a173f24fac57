// @ts-check
/**
 * <vf-upload [at-home]>: footage in. Files are dropped or chosen and sent in parts (tus 1.0.0), so
 * that a lost line or a closed page loses nothing: the same file chosen again goes on where it was.
 * At home a folder of this machine can be named instead, and nothing is copied.
 *
 * Tells the page: event `vf-job` with {id} on the document, once something is being added.
 */

import { api, el, headers, icon, toast } from "./page.js";

const PART = 8 * 1024 * 1024;
const TRIES = 6;
const ACCEPT =
  "video/*,audio/*,.mkv,.mxf,.mts,.m2ts,.ts,.vob,.flv,.avi,.mov,.webm,.ogv,.wmv,.vtt,.srt,.ass,.ttml";
const TUS = { "Tus-Resumable": "1.0.0" };

/** @param {number} bytes */
function size(bytes) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let unit = 0;
  for (; bytes >= 1000 && unit < units.length - 1; unit += 1) bytes /= 1000;
  return `${unit > 1 ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`;
}

/** @param {number} seconds */
export function left(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s left`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min left`;
  return `${(seconds / 3600).toFixed(1)} h left`;
}

/** @param {string} text */
function base64(text) {
  return btoa(String.fromCodePoint(...new TextEncoder().encode(text)));
}

/** What the browser remembers of a file that is on its way. @param {File} file */
const markOf = (file) => `upload:${file.name}:${file.size}:${file.lastModified}`;

/** @param {string} mark */
function remembered(mark) {
  try {
    return localStorage.getItem(mark);
  } catch {
    return null;
  }
}

/** @param {string} mark @param {string | null} address */
function remember(mark, address) {
  try {
    if (address) localStorage.setItem(mark, address);
    else localStorage.removeItem(mark);
  } catch {
    /* then it begins anew next time */
  }
}

/** @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
function pause(ms, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });
}

/** A file on its way. */
class Going {
  /** @param {File} file @param {() => void} changed */
  constructor(file, changed) {
    this.file = file;
    this.changed = changed;
    this.sent = 0;
    this.began = 0;
    this.beganAt = 0;
    this.state = "waiting";
    this.error = "";
    this.address = "";
    this.job = "";
    /** @type {HTMLElement | null} */
    this.shown = null;
    this.stop = new AbortController();
  }

  /** @param {string} state @param {string} [error] */
  become(state, error = "") {
    this.state = state;
    this.error = error;
    this.changed();
  }

  async send() {
    this.stop = new AbortController();
    if (!this.file.size) {
      this.become("failed", "It is empty.");
      return;
    }
    this.become("sending");
    const mark = markOf(this.file);
    for (let tries = 0; ; tries += 1) {
      try {
        await this.begin(mark);
        const before = this.sent;
        await this.parts();
        if (this.sent > before) tries = 0;
        remember(mark, null);
        this.become("sent");
        return;
      } catch (error) {
        if (this.stop.signal.aborted) return;
        const status = error instanceof Refusal ? error.status : 0;
        const isFinal = status >= 400 && status < 500 && ![404, 408, 409, 410, 423, 429, 460].includes(status);
        if ([404, 410].includes(status)) remember(mark, null);
        if (isFinal || tries >= TRIES) {
          this.become("failed", error instanceof Refusal ? error.message : "The line was lost.");
          return;
        }
        await pause(Math.min(30_000, 500 * 2 ** tries), this.stop.signal);
        if (this.stop.signal.aborted) return;
      }
    }
  }

  /** Find out how far it is, or make a place for it. @param {string} mark */
  async begin(mark) {
    const known = remembered(mark);
    if (known) {
      const there = await fetch(known, { method: "HEAD", headers: TUS, signal: this.stop.signal, cache: "no-store" });
      if (there.ok) {
        this.address = known;
        this.heard(there);
      } else if ([403, 404, 410].includes(there.status)) remember(mark, null);
      else throw await refusal(there);
    }
    if (!remembered(mark)) {
      const made = await fetch("/api/v1/uploads", {
        method: "POST",
        headers: headers({
          ...TUS,
          "Upload-Length": String(this.file.size),
          "Upload-Metadata": `filename ${base64(this.file.name)}`,
        }),
        signal: this.stop.signal,
      });
      if (!made.ok) throw await refusal(made);
      this.address = new URL(made.headers.get("Location") ?? "", location.href).pathname;
      this.sent = 0;
      remember(mark, this.address);
    }
    this.began = this.sent;
    this.beganAt = performance.now();
  }

  async parts() {
    while (this.sent < this.file.size) {
      const part = this.file.slice(this.sent, this.sent + PART);
      const answer = await fetch(this.address, {
        method: "PATCH",
        headers: headers({
          ...TUS,
          "Upload-Offset": String(this.sent),
          "Content-Type": "application/offset+octet-stream",
        }),
        body: part,
        signal: this.stop.signal,
      });
      if (!answer.ok) throw await refusal(answer);
      this.heard(answer);
      this.changed();
    }
  }

  /** @param {Response} answer */
  heard(answer) {
    this.sent = Number(answer.headers.get("Upload-Offset"));
    this.job = answer.headers.get("Viewfinder-Job") ?? "";
  }

  async cancel() {
    this.stop.abort();
    remember(markOf(this.file), null);
    this.become("cancelled");
    if (this.address) await fetch(this.address, { method: "DELETE", headers: headers(TUS) }).catch(() => null);
  }

  /** How it stands, in words. */
  get told() {
    if (this.state === "sending") {
      const speed = (this.sent - this.began) / Math.max(0.001, (performance.now() - this.beganAt) / 1000);
      const rest = speed > 0 ? `, ${size(speed)}/s, ${left((this.file.size - this.sent) / speed)}` : "";
      return `${size(this.sent)} of ${size(this.file.size)}${rest}`;
    }
    const said = { waiting: "waits", sent: "is here", cancelled: "cancelled", failed: this.error };
    return said[/** @type {keyof said} */ (this.state)] ?? this.state;
  }
}

class Refusal extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** @param {Response} answer */
async function refusal(answer) {
  const body = await answer.json().catch(() => ({}));
  return new Refusal(answer.status, body.detail || `The server answered ${answer.status}.`);
}

/** The files of what was dropped, folders opened. @param {DataTransfer} held @returns {Promise<File[]>} */
async function filesOf(held) {
  const entries = [...held.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry);
  if (!entries.length) return [...held.files];
  const found = /** @type {File[]} */ ([]);
  /** @param {any} entry @returns {Promise<void>} */
  const walk = async (entry) => {
    if (entry.isFile) {
      found.push(await new Promise((done, failed) => entry.file(done, failed)));
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!some.length) return;
      for (const each of some) await walk(each);
    }
  };
  for (const entry of entries) await walk(entry);
  return found.filter((file) => !file.name.startsWith("."));
}

class Upload extends HTMLElement {
  /** @type {Going[]} */
  going = [];
  isSending = false;

  connectedCallback() {
    if (this.firstChild) return;
    const input = el("input", {
      type: "file",
      id: "upload-files",
      multiple: true,
      accept: ACCEPT,
      class: "sr-only",
      on: {
        change: () => this.add([...(input.files ?? [])]).then(() => (input.value = "")),
        // It looks like a button, so Enter presses it too; by itself it only knows the space bar.
        keydown: (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && input.click(),
      },
    });
    this.zone = el(
      "div",
      { class: "drop" },
      input,
      el("label", { for: "upload-files", class: "btn primary" }, icon("upload"), "Choose files"),
      el("p", { class: "small muted" }, "or drop files and folders here"),
    );
    this.rows = el("ul", { class: "plain stack tight", "aria-label": "Files on their way" });
    this.said = el("p", { class: "sr-only", role: "status" });
    this.append(this.zone, ...(this.hasAttribute("at-home") ? [this.folder()] : []), this.rows, this.said);
    const target = this.closest(".empty, .panel") ?? this;
    for (const name of ["dragenter", "dragover"])
      target.addEventListener(name, (event) => {
        event.preventDefault();
        this.zone?.classList.add("over");
      });
    for (const name of ["dragleave", "drop"])
      target.addEventListener(name, () => this.zone?.classList.remove("over"));
    target.addEventListener("drop", async (event) => {
      event.preventDefault();
      const held = /** @type {DragEvent} */ (event).dataTransfer;
      if (held) await this.add(await filesOf(held));
    });
  }

  /** The form that names what lies on this machine. */
  folder() {
    const field = el("input", { id: "upload-folder", name: "path", autocomplete: "off", required: true, spellcheck: "false" });
    const button = el("button", { class: "btn" }, icon("folder"), "Add it");
    return el(
      "form",
      {
        class: "drop-folder",
        on: {
          submit: async (/** @type {SubmitEvent} */ event) => {
            event.preventDefault();
            button.disabled = true;
            try {
              const made = await api("/jobs", { json: { paths: [field.value.trim()] } });
              document.dispatchEvent(new CustomEvent("vf-job", { detail: { id: made.id } }));
              field.value = "";
            } catch (error) {
              toast(/** @type {Error} */ (error).message, "danger");
            }
            button.disabled = false;
          },
        },
      },
      el(
        "div",
        { class: "field" },
        el("label", { for: "upload-folder" }, "Or name a file or a folder of this machine"),
        field,
      ),
      button,
    );
  }

  /** @param {File[]} files */
  async add(files) {
    for (const file of files) {
      const one = new Going(file, () => this.show(one));
      this.going.push(one);
      this.show(one);
    }
    if (this.isSending) return;
    this.isSending = true;
    addEventListener("beforeunload", this.warn);
    for (let one; (one = this.going.find((each) => each.state === "waiting")); ) {
      await one.send();
      if (one.state === "sent") this.sent(one);
    }
    removeEventListener("beforeunload", this.warn);
    this.isSending = false;
  }

  /** @param {Going} one */
  sent(one) {
    if (this.said) this.said.textContent = `${one.file.name} is here`;
    const row = this.row(one);
    const hadFocus = row.contains(document.activeElement);
    row.remove();
    if (hadFocus) this.querySelector("input")?.focus();
    this.going = this.going.filter((each) => each !== one);
    document.dispatchEvent(new CustomEvent("vf-job", { detail: { id: one.job } }));
  }

  /** @param {BeforeUnloadEvent} event */
  warn(event) {
    event.preventDefault();
  }

  /** @param {Going} one @returns {HTMLElement} */
  row(one) {
    if (!one.shown) {
      one.shown = el("li", { class: "job-line" });
      this.rows?.append(one.shown);
    }
    return one.shown;
  }

  /** @param {Going} one */
  show(one) {
    const row = this.row(one);
    const isOpen = ["waiting", "sending"].includes(one.state);
    const again = ["failed", "cancelled"].includes(one.state);
    const label = isOpen ? "Cancel" : again ? "Try again" : "";
    const old = row.querySelector("button");
    const hadFocus = old !== null && old === document.activeElement;
    if (old?.dataset.does !== label || !row.firstChild) {
      row.replaceChildren(
        el("span", { class: "clip", title: one.file.name }, one.file.name),
        label
          ? el(
              "button",
              {
                class: "btn quiet small",
                type: "button",
                "data-does": label,
                on: {
                  click: () => {
                    if (isOpen) one.cancel();
                    else {
                      one.state = "waiting";
                      this.show(one);
                      this.add([]);
                    }
                  },
                },
              },
              label,
              el("span", { class: "sr-only" }, ` ${one.file.name}`),
            )
          : el("span"),
        el("span", { class: `small ${one.state === "failed" ? "error" : "muted"}` }),
        ...(isOpen ? [el("progress", { max: 1, value: 0, "aria-label": `Sending ${one.file.name}` })] : []),
      );
      if (hadFocus) row.querySelector("button")?.focus();
    }
    const told = row.querySelector(".small.muted, .small.error");
    if (told) told.textContent = one.told;
    const bar = row.querySelector("progress");
    if (bar) bar.value = one.file.size ? one.sent / one.file.size : 1;
    if (one.state === "failed" && this.said) this.said.textContent = `${one.file.name}: ${one.error}`;
  }
}

customElements.define("vf-upload", Upload);
