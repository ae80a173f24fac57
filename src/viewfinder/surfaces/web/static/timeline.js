// @ts-check
/**
 * <vf-timeline>: shots, moments found, the chosen stretch and where it stands, drawn on a canvas.
 *
 * The strip is a slider for the keyboard and screen readers; lists of shots and moments stand on the
 * page as links, so that nothing is in the drawing alone.
 */
import { api, clock } from "./page.js";
import { player } from "./player.js";

/** @typedef {{url: string, width: number, height: number, columns: number, times_s: number[]}} Sprite */

const ZOOMS = [1, 2, 4, 8, 16, 32, 64];
const TICKS = [0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const TICK_PX = 84;
const HEIGHT = 64;
const LANES = { hits: [4, 24], shots: [27, 43], ticks: 60 };

class Timeline extends HTMLElement {
  zoom = 0;
  from = 0; // first second shown
  /** @type {Sprite | null} */
  sprite = null;
  isDragged = false;
  isDue = false;

  connectedCallback() {
    const canvas = this.querySelector("canvas");
    const strip = this.querySelector("[data-strip]");
    const found = player();
    if (!canvas || !(strip instanceof HTMLElement) || !found) return;
    this.canvas = canvas;
    this.strip = strip;
    this.player = found;
    found.addEventListener("vf-time", () => this.followed());
    found.addEventListener("vf-range", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(strip);
    new MutationObserver(() => this.draw()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    strip.addEventListener("pointerdown", (event) => this.grabbed(event));
    strip.addEventListener("pointermove", (event) => this.hovered(event));
    strip.addEventListener("pointerup", () => (this.isDragged = false));
    strip.addEventListener("pointercancel", () => (this.isDragged = false));
    strip.addEventListener("pointerleave", () => this.left());
    strip.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
    strip.addEventListener("keydown", (event) => this.pressed(event));
    for (const button of this.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => this.zoomed(button.getAttribute("data-zoom") === "in" ? 1 : -1, found.time));
    }
    this.draw();
  }

  get length() {
    return Math.max(0.001, this.player?.duration ?? 0);
  }

  get shown() {
    return this.length / ZOOMS[this.zoom];
  }

  /** @param {number} at @returns {number} */
  x(at) {
    return ((at - this.from) / this.shown) * (this.strip?.clientWidth ?? 1);
  }

  /** @param {MouseEvent} event @returns {number} */
  at(event) {
    const box = /** @type {HTMLElement} */ (this.strip).getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return this.from + share * this.shown;
  }

  /** @param {number} by @param {number} around */
  zoomed(by, around) {
    const share = Math.min(1, Math.max(0, (around - this.from) / this.shown));
    this.zoom = Math.min(ZOOMS.length - 1, Math.max(0, this.zoom + by));
    this.show(around - share * this.shown);
    for (const button of this.querySelectorAll("[data-zoom]")) {
      const end = button.getAttribute("data-zoom") === "in" ? ZOOMS.length - 1 : 0;
      /** @type {HTMLButtonElement} */ (button).disabled = this.zoom === end;
    }
  }

  /** @param {number} from */
  show(from) {
    this.from = Math.min(Math.max(0, from), Math.max(0, this.length - this.shown));
    this.draw();
  }

  followed() {
    const at = this.player?.time ?? 0;
    if (!this.isDragged && (at < this.from || at > this.from + this.shown)) this.from = Math.min(Math.max(0, at - this.shown / 4), this.length - this.shown);
    this.strip?.setAttribute("aria-valuenow", String(Math.round(at)));
    this.strip?.setAttribute("aria-valuemax", String(Math.round(this.length)));
    this.strip?.setAttribute("aria-valuetext", this.said(at));
    this.draw();
  }

  /** @param {number} at */
  said(at) {
    const data = /** @type {import("./player.js").Player} */ (this.player).data;
    const shot = data.shots.findIndex(([a, b]) => a <= at && at < b);
    const hit = data.hits.find((one) => one.start <= at && at < one.end);
    return `${clock(at)} of ${clock(this.length)}${shot >= 0 ? `, shot ${shot + 1}` : ""}${hit ? ", in a moment found" : ""}`;
  }

  // -- hands ------------------------------------------------------------------------------------

  /** @param {PointerEvent} event */
  grabbed(event) {
    if (event.button) return;
    this.isDragged = true;
    this.strip?.setPointerCapture(event.pointerId);
    this.player?.seek(this.at(event));
  }

  /** @param {PointerEvent} event */
  hovered(event) {
    const at = this.at(event);
    if (this.isDragged) this.player?.seek(at);
    if (event.pointerType === "touch") return;
    const hover = /** @type {HTMLElement} */ (this.querySelector("[data-hover]"));
    hover.hidden = false;
    /** @type {HTMLElement} */ (hover.querySelector("[data-at]")).textContent = clock(at, this.zoom > 2);
    this.tile(at);
    const wide = /** @type {HTMLElement} */ (this.strip).clientWidth;
    const half = hover.offsetWidth / 2;
    hover.style.left = `${Math.min(wide - half, Math.max(half, this.x(at)))}px`;
  }

  left() {
    /** @type {HTMLElement} */ (this.querySelector("[data-hover]")).hidden = true;
  }

  /** @param {WheelEvent} event */
  wheeled(event) {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.zoomed(event.deltaY < 0 ? 1 : -1, this.at(event));
    } else if (this.zoom && Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      this.show(this.from + (event.deltaX / (this.strip?.clientWidth ?? 1)) * this.shown);
    }
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const on = this.player;
    if (!on || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 1 : 5;
    /** @type {Record<string, number>} */
    const to = {
      ArrowLeft: on.time - step,
      ArrowDown: on.time - step,
      ArrowRight: on.time + step,
      ArrowUp: on.time + step,
      PageDown: on.time - this.length / 10,
      PageUp: on.time + this.length / 10,
      Home: 0,
      End: this.length,
    };
    if (!(event.key in to)) return;
    event.preventDefault();
    on.seek(to[event.key]);
  }

  // -- pictures -----------------------------------------------------------------------------------

  /** Show the picture of a time beside the pointer. @param {number} at */
  async tile(at) {
    const place = /** @type {HTMLElement} */ (this.querySelector("[data-tile]"));
    const data = this.player?.data;
    if (!data?.sprite) return;
    if (!this.sprite) {
      this.sprite = { url: "", width: 0, height: 0, columns: 1, times_s: [] };
      this.sprite = await api(`/videos/${data.id}/sprite.json`).catch(() => this.sprite);
    }
    const { url, width, height, columns, times_s: times } = /** @type {Sprite} */ (this.sprite);
    if (!url) return;
    let n = 0;
    times.forEach((time, k) => {
      if (Math.abs(time - at) < Math.abs(times[n] - at)) n = k;
    });
    Object.assign(place.style, {
      width: `${width}px`,
      height: `${height}px`,
      backgroundImage: `url("${url}")`,
      backgroundPosition: `${-(n % columns) * width}px ${-Math.floor(n / columns) * height}px`,
    });
  }

  // -- drawing --------------------------------------------------------------------------------------

  draw() {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      this.paint();
    });
  }

  paint() {
    const { canvas, strip, player: on } = this;
    if (!canvas || !strip || !on) return;
    const [wide, dots] = [strip.clientWidth, devicePixelRatio || 1];
    if (!wide) return;
    if (canvas.width !== Math.round(wide * dots)) {
      canvas.width = Math.round(wide * dots);
      canvas.height = Math.round(HEIGHT * dots);
    }
    const pen = canvas.getContext("2d");
    if (!pen) return;
    const tint = colours(this);
    pen.setTransform(dots, 0, 0, dots, 0, 0);
    pen.clearRect(0, 0, wide, HEIGHT);
    this.paintShots(pen, tint, wide);
    this.paintHits(pen, tint);
    this.paintTicks(pen, tint, wide);
    this.paintRange(pen, tint, wide);
    const x = Math.round(this.x(on.time)) + 0.5;
    pen.fillStyle = tint.text;
    pen.fillRect(x - 1, 0, 2, LANES.shots[1] + 4);
    pen.beginPath();
    pen.arc(x, 3, 4, 0, 7);
    pen.fill();
  }

  /** @param {CanvasRenderingContext2D} pen @param {Record<string, string>} tint @param {number} wide */
  paintShots(pen, tint, wide) {
    const [top, bottom] = LANES.shots;
    const shots = this.player?.data.shots ?? [];
    pen.fillStyle = tint.line;
    if (!shots.length) pen.fillRect(0, top, wide, bottom - top);
    shots.forEach(([a, b], n) => {
      pen.fillStyle = n % 2 ? tint.line : tint.edge;
      pen.globalAlpha = n % 2 ? 1 : 0.55;
      const x = this.x(a);
      pen.fillRect(x, top, Math.max(0.5, this.x(b) - x - 1), bottom - top);
    });
    pen.globalAlpha = 1;
  }

  /** @param {CanvasRenderingContext2D} pen @param {Record<string, string>} tint */
  paintHits(pen, tint) {
    const [top, bottom] = LANES.hits;
    pen.fillStyle = tint.accent;
    for (const hit of this.player?.data.hits ?? []) {
      const height = (bottom - top) * (0.25 + 0.75 * Math.min(1, hit.share));
      const x = this.x(hit.start);
      pen.globalAlpha = 0.85;
      pen.fillRect(x, bottom - height, Math.max(3, this.x(hit.end) - x), height);
    }
    pen.globalAlpha = 1;
  }

  /** @param {CanvasRenderingContext2D} pen @param {Record<string, string>} tint @param {number} wide */
  paintTicks(pen, tint, wide) {
    const wanted = (this.shown / wide) * TICK_PX;
    const step = TICKS.find((one) => one >= wanted) ?? 3600 * Math.ceil(wanted / 3600);
    pen.fillStyle = tint.muted;
    pen.font = `11px ${getComputedStyle(this).fontFamily}`;
    for (let at = Math.ceil(this.from / step) * step; at <= this.from + this.shown; at += step) {
      const x = this.x(at);
      pen.fillRect(x, LANES.shots[1] + 2, 1, 4);
      const said = clock(at, step < 1);
      const width = pen.measureText(said).width;
      if (x + width + 4 < wide) pen.fillText(said, x + 4, LANES.ticks);
    }
  }

  /** @param {CanvasRenderingContext2D} pen @param {Record<string, string>} tint @param {number} wide */
  paintRange(pen, tint, wide) {
    const { start, end } = this.player?.range ?? { start: null, end: null };
    pen.fillStyle = tint.accent;
    const [top, bottom] = [0, LANES.shots[1] + 2];
    if (start !== null && end !== null) {
      pen.globalAlpha = 0.22;
      pen.fillRect(this.x(start), top, this.x(end) - this.x(start), bottom - top);
      pen.globalAlpha = 1;
    }
    for (const [at, way] of /** @type {[number | null, number][]} */ ([[start, 1], [end, -1]])) {
      if (at === null) continue;
      const x = Math.min(wide - 2, Math.max(0, this.x(at)));
      pen.fillRect(x - 1, top, 2, bottom - top);
      pen.fillRect(way > 0 ? x : x - 6, top, 6, 2);
      pen.fillRect(way > 0 ? x : x - 6, bottom - 2, 6, 2);
    }
  }
}

/** @param {Element} element @returns {Record<string, string>} */
function colours(element) {
  const probe = document.createElement("span");
  element.append(probe);
  /** @type {Record<string, string>} */
  const found = {};
  for (const name of ["text", "muted", "line", "edge", "accent"]) {
    probe.style.color = `var(--${name})`; // a pair of colours is only settled as a colour
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}

customElements.whenDefined("vf-player").then(() => customElements.define("vf-timeline", Timeline));
