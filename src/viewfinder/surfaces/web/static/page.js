// @ts-check
/**
 * What every page does: theme, help, shortcuts, toasts, requests that carry the token.
 *
 * For other modules: `import { api, icon, toast, clock, el } from "./page.js"`.
 */

const root = document.documentElement;

/** The token that a request which changes something must carry; "" where none is asked for. */
export function csrf() {
  const meta = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name="csrf-token"]'));
  return meta?.content ?? "";
}

/** What went wrong, as the server told it (RFC 9457). */
export class Problem extends Error {
  /** @param {number} status @param {Record<string, any>} body */
  constructor(status, body) {
    super(body.detail || body.title || `The server answered ${status}.`);
    this.status = status;
    this.body = body;
  }
}

/** The headers of a request that changes something.
 * @param {Record<string, string>} [more]
 * @returns {Record<string, string>} */
export function headers(more = {}) {
  const token = csrf();
  return token ? { "Viewfinder-CSRF": token, ...more } : more;
}

/**
 * Ask the API; returns what it answers, parsed; null for an empty answer.
 * @param {string} path Below /api/v1, with its slash.
 * @param {{method?: string, json?: unknown, body?: BodyInit, signal?: AbortSignal}} [options]
 * @returns {Promise<any>}
 * @throws {Problem} Where the server says no.
 */
export async function api(path, options = {}) {
  const more = options.json === undefined ? undefined : { "Content-Type": "application/json" };
  const answered = await fetch(`/api/v1${path}`, {
    method: options.method ?? (options.json === undefined && !options.body ? "GET" : "POST"),
    headers: headers({ Accept: "application/json", ...more }),
    body: options.json === undefined ? options.body : JSON.stringify(options.json),
    signal: options.signal,
  });
  const text = await answered.text();
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    body = { detail: text.slice(0, 300) };
  }
  if (!answered.ok) throw new Problem(answered.status, body ?? {});
  return body;
}

/**
 * Make an element. Attributes that are true stand bare, those that are false or null are left out;
 * `on` holds listeners; children that are strings become text, so nothing is ever read as HTML.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | number | null | undefined | false)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key === "on") {
      for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    } else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.filter((c) => c !== null && c !== undefined && c !== false).map((c) => (c instanceof Node ? c : String(c))));
  return made;
}

const ICONS = new URL("icons.svg", import.meta.url).pathname;
const SVG = "http://www.w3.org/2000/svg";

/** An icon of icons.svg; it says nothing to a screen reader.
 * @param {string} name */
export function icon(name) {
  const drawn = document.createElementNS(SVG, "svg");
  drawn.setAttribute("class", "icon");
  drawn.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${ICONS}#${name}`);
  drawn.append(use);
  return drawn;
}

/** Seconds as a clock: 0:05, 12:34, 1:02:03; with `parts` to the tenth.
 * @param {number} seconds @param {boolean} [parts] */
export function clock(seconds, parts = false) {
  const tenths = parts ? Math.floor(seconds * 10 + 1e-6) : Math.floor(seconds + 1e-6) * 10;
  const whole = Math.floor(tenths / 10);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const short = h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  return parts ? `${short}.${tenths % 10}` : short;
}

/** Say something at the edge of the page for a while; read out by screen readers.
 * @param {string} text @param {"" | "danger"} [kind] */
export function toast(text, kind = "") {
  const place = document.querySelector(".toasts");
  if (!place) return;
  const said = el("div", { class: `toast ${kind}` }, text);
  place.append(said);
  setTimeout(() => said.remove(), kind === "danger" ? 12000 : 6000);
}

/** Put text on the clipboard and say so.
 * @param {string} text @param {string} [said] */
export async function copy(text, said = "Copied.") {
  try {
    await navigator.clipboard.writeText(text);
    toast(said);
  } catch {
    toast("The browser does not let this page write to the clipboard.", "danger");
  }
}

/** Whether what has the focus takes letters itself. */
export function isTyping() {
  const at = document.activeElement;
  return (
    at instanceof HTMLElement &&
    (at.isContentEditable || at.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button])"))
  );
}

/** Whether the person asked for less motion. */
export const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// -- theme ------------------------------------------------------------------------------------

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function showTheme() {
  const button = document.querySelector("[data-theme-switch]");
  if (!button) return;
  button.setAttribute("aria-label", isDark() ? "Use the light theme" : "Use the dark theme");
  button.replaceChildren(icon(isDark() ? "sun" : "moon"));
}

document.querySelector("[data-theme-switch]")?.addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch {
    /* it holds for this page then */
  }
  showTheme();
});
showTheme();

// -- help and shortcuts -----------------------------------------------------------------------

const help = /** @type {HTMLDialogElement | null} */ (document.getElementById("help"));
document.querySelector("[data-help]")?.addEventListener("click", () => help?.showModal());

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping() || event.defaultPrevented) return;
  if (event.key === "?" && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    help?.showModal();
  }
  if (event.key === "/") {
    const field = /** @type {HTMLElement | null} */ (document.querySelector("[data-question]"));
    event.preventDefault();
    if (field) field.focus();
    else location.href = "/";
  }
});

// Any button with data-close closes the dialog it stands in; a click beside a dialog does too.
document.addEventListener("click", (event) => {
  const at = /** @type {Element} */ (event.target);
  if (at.closest("[data-close]")) at.closest("dialog")?.close();
  else if (at instanceof HTMLDialogElement && at.open) at.close();
});

// -- buttons that copy and print -------------------------------------------------------------

document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-copy], [data-print]");
  if (!(button instanceof HTMLElement)) return;
  if (button.dataset.print !== undefined) return print();
  const text = button.dataset.copy ?? "";
  const whole = button.dataset.address === undefined ? text : text.replace(/(^| )(\/[^ ]*)$/, `$1${location.origin}$2`);
  void copy(whole, button.dataset.copied);
});

// -- fields that send their form as they change ------------------------------------------------

document.addEventListener("change", (event) => {
  const field = /** @type {HTMLElement} */ (event.target);
  if (field.matches("[data-submit]")) /** @type {HTMLInputElement} */ (field).form?.requestSubmit();
});
