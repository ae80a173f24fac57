// @ts-check
/**
 * <vf-player>: the element of one video: plays, steps, shuttles, marks a stretch, shows what was read
 * and seen in the picture.
 *
 * Others on the page find it by `player()` and listen to its events:
 * `vf-time` (the time changed), `vf-range` (the stretch changed).
 */
import { clock, copy, el, isTyping, toast } from "./page.js";
import { Source } from "./source.js";

/** @typedef {{kind: string, start: number, end: number, text: string, box: number[]}} Box */
/** @typedef {{start: number, end: number, share: number, text: string}} Hit */
/** @typedef {{id: string, name: string, duration: number, rate: number, start: number | null, end: number | null, context: number,
 *             shots: number[][], hits: Hit[], boxes: Box[], sprite: boolean, question: string}} Told */

/** What the page was told of the video. @returns {Told} */
export function told() {
  return JSON.parse(document.getElementById("watch-data")?.textContent ?? "{}");
}

/** The player of the page. @returns {Player | null} */
export function player() {
  return document.querySelector("vf-player");
}

const SHUTTLES = [1, 2, 4, 8];
const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 4];
const BACKWARDS_MS = 100;

export class Player extends HTMLElement {
  /** @type {{start: number | null, end: number | null}} */
  range = { start: null, end: null };
  data = told();
  isBoundToRange = false;
  shuttle = 0; // below 0 backwards
  isSlow = false; // K is held
  wasAtRest = false; // when K was pressed
  /** @type {number | null} */
  shownAt = null; // time of the very frame that is shown
  /** @type {ReturnType<typeof setInterval> | undefined} */
  backwards = undefined;
  shown = { text: false, object: false };

  connectedCallback() {
    const media = this.querySelector("video, audio");
    if (!(media instanceof HTMLMediaElement)) return;
    this.media = media;
    media.controls = false;
    if (media instanceof HTMLAudioElement) media.hidden = true;
    this.source = new Source(media, this.data.id, (said) => this.say(said));
    // A file that is there already needs no asking, unless the browser refused it before we came.
    if (!media.hasAttribute("src")) void this.source.open();
    else if (media.error) this.source.failed();
    for (const event of ["timeupdate", "seeked", "seeking", "loadedmetadata", "durationchange"]) {
      media.addEventListener(event, () => this.moved());
    }
    for (const event of ["play", "pause", "ended"]) media.addEventListener(event, () => this.turned());
    media.addEventListener("volumechange", () => this.sounded());
    media.addEventListener("waiting", () => this.classList.add("waiting"));
    media.addEventListener("playing", () => this.classList.remove("waiting"));
    if (media instanceof HTMLVideoElement) {
      media.addEventListener("click", () => this.toggle());
      media.addEventListener("resize", () => this.place());
      new ResizeObserver(() => this.place()).observe(media);
      this.watchFrames(media);
    }
    this.addEventListener("click", (event) => this.clicked(event));
    this.querySelector("[data-volume]")?.addEventListener("input", (event) => this.setVolume(event));
    this.querySelector("[data-speed]")?.addEventListener("change", (event) => this.setSpeed(event));
    for (const form of this.querySelectorAll("form[data-stretch]")) form.addEventListener("submit", () => this.fillForms());
    document.addEventListener("keydown", this.pressed);
    document.addEventListener("keyup", this.released);
    document.addEventListener("click", this.followed);
    this.readKeys();
    this.begin();
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.pressed);
    document.removeEventListener("keyup", this.released);
    document.removeEventListener("click", this.followed);
    clearInterval(this.backwards);
  }

  get time() {
    return this.media?.currentTime ?? 0;
  }

  get duration() {
    const known = this.media?.duration ?? NaN;
    return Number.isFinite(known) && known > 0 ? known : this.data.duration;
  }

  /** @param {string} said */
  say(said) {
    const place = this.querySelector("[data-status]");
    if (place && place.textContent !== said) place.textContent = said;
    this.classList.toggle("working", Boolean(said));
  }

  /** Go where the address says. */
  begin() {
    const { start, end } = this.data;
    if (start === null) return this.moved();
    if (end !== null) this.setRange(start, end);
    this.whenKnown(() => {
      this.seek(start);
      if (end !== null) this.playRange();
    });
  }

  /** @param {() => void} act */
  whenKnown(act) {
    if (!this.media) return;
    if (this.media.readyState >= HTMLMediaElement.HAVE_METADATA) act();
    else this.media.addEventListener("loadedmetadata", act, { once: true });
  }

  // -- where it stands ------------------------------------------------------------------------

  /** Go to a time, in seconds. @param {number} at */
  seek(at) {
    if (!this.media) return;
    const to = Math.min(Math.max(0, at), Math.max(0, this.duration - 0.001));
    this.shownAt = null;
    this.media.currentTime = to;
    this.dispatchEvent(new CustomEvent("vf-time", { detail: { time: to, isJump: true } }));
  }

  moved() {
    if (!this.media) return;
    const at = this.time;
    const clockPlace = this.querySelector("[data-clock]");
    if (clockPlace) clockPlace.textContent = `${clock(at, true)} / ${clock(this.duration)}`;
    if (this.isBoundToRange && this.range.end !== null && at >= this.range.end - 0.02 && !this.media.paused) {
      this.isBoundToRange = false;
      this.media.pause();
      this.media.currentTime = this.range.end;
    }
    this.draw();
    this.dispatchEvent(new CustomEvent("vf-time", { detail: { time: at, isJump: false } }));
  }

  /** @param {HTMLVideoElement} video */
  watchFrames(video) {
    if (!("requestVideoFrameCallback" in video)) return;
    const seen = (/** @type {number} */ _now, /** @type {{mediaTime: number}} */ frame) => {
      this.shownAt = frame.mediaTime;
      if (!video.paused) this.moved();
      video.requestVideoFrameCallback(seen);
    };
    video.requestVideoFrameCallback(seen);
  }

  /** Go some frames on, or back. @param {number} frames */
  step(frames) {
    if (!this.media) return;
    this.pause();
    const one = 1 / (this.data.rate || 25);
    const from = this.shownAt !== null && Math.abs(this.shownAt - this.time) < 2 * one ? this.shownAt : this.time;
    this.seek(from + (frames + 0.25) * one); // a little inside the frame, so that it is that frame
  }

  // -- play -------------------------------------------------------------------------------------

  toggle() {
    if (!this.media) return;
    if (this.media.paused && !this.shuttle) this.play();
    else this.pause();
  }

  play() {
    this.setShuttle(0);
    this.media?.play().catch(() => undefined); // the browser may want a click first
  }

  pause() {
    this.setShuttle(0);
    this.isBoundToRange = false;
    this.media?.pause();
  }

  turned() {
    const button = this.control("toggle");
    const isOn = Boolean(this.media && !this.media.paused) || this.shuttle < 0;
    button?.setAttribute("aria-label", isOn ? "Pause" : "Play");
    button?.querySelector("use")?.setAttribute("href", this.drawing(isOn ? "pause" : "play"));
    this.classList.toggle("playing", isOn);
    this.moved();
  }

  /** @param {string} name */
  drawing(name) {
    return `${new URL("icons.svg", import.meta.url).pathname}#${name}`;
  }

  /** Faster forwards or backwards. @param {1 | -1} way */
  faster(way) {
    if (this.isSlow) {
      this.wasAtRest = false;
      return this.step(way);
    }
    const now = Math.sign(this.shuttle) === way ? Math.abs(this.shuttle) : 0;
    const next = SHUTTLES[Math.min(SHUTTLES.length - 1, SHUTTLES.indexOf(now) + 1)] ?? 1;
    this.isBoundToRange = false;
    this.setShuttle(way * next);
  }

  /** @param {number} speed */
  setShuttle(speed) {
    if (!this.media) return;
    clearInterval(this.backwards);
    const was = this.shuttle;
    this.shuttle = speed;
    this.media.playbackRate = speed > 0 ? speed : this.speed;
    this.say(speed && speed !== 1 ? `${Math.abs(speed)}× ${speed < 0 ? "backwards" : ""}` : "");
    if (speed > 0) this.media.play().catch(() => undefined);
    if (speed < 0) {
      this.media.pause(); // browsers do not play backwards: it is looked at in steps
      this.backwards = setInterval(() => {
        if (this.time <= 0) return this.pause();
        if (!this.media?.seeking) this.seek(this.time + (speed * BACKWARDS_MS) / 1000);
      }, BACKWARDS_MS);
    }
    if (was !== speed) this.turned();
  }

  get speed() {
    return Number(/** @type {HTMLSelectElement | null} */ (this.querySelector("[data-speed]"))?.value ?? 1);
  }

  /** @param {Event} event */
  setSpeed(event) {
    if (this.media) this.media.playbackRate = Number(/** @type {HTMLSelectElement} */ (event.target).value);
  }

  /** @param {1 | -1} way */
  changeSpeed(way) {
    const select = /** @type {HTMLSelectElement | null} */ (this.querySelector("[data-speed]"));
    if (!select || !this.media) return;
    const next = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, SPEEDS.indexOf(this.speed) + way))];
    select.value = String(next);
    this.media.playbackRate = next;
    this.say(`${next}×`);
    setTimeout(() => this.say(""), 900);
  }

  /** @param {Event} event */
  setVolume(event) {
    if (!this.media) return;
    this.media.volume = Number(/** @type {HTMLInputElement} */ (event.target).value);
    this.media.muted = this.media.volume === 0;
  }

  sounded() {
    const isOff = this.media?.muted ?? false;
    const button = this.control("mute");
    button?.setAttribute("aria-pressed", String(isOff));
    button?.querySelector("use")?.setAttribute("href", this.drawing(isOff ? "muted" : "volume"));
  }

  // -- a stretch ----------------------------------------------------------------------------------

  /** @param {number | null} start @param {number | null} end */
  setRange(start, end) {
    if (start !== null && end !== null && end < start) [start, end] = [end, start];
    this.range = { start, end };
    const said = this.querySelector("[data-range]");
    const length = start !== null && end !== null ? end - start : 0;
    const isWhole = length > 0;
    const short = isWhole && length < this.data.context;
    if (said) {
      said.textContent =
        start === null && end === null
          ? "no stretch chosen"
          : `${start === null ? "…" : clock(start, true)} – ${end === null ? "…" : clock(end, true)}${short ? ` (at least ${this.data.context} s are owed here)` : ""}`;
    }
    for (const button of this.querySelectorAll("[data-needs-range]")) /** @type {HTMLButtonElement} */ (button).disabled = !isWhole;
    this.fillForms();
    this.dispatchEvent(new CustomEvent("vf-range", { detail: this.range }));
  }

  fillForms() {
    const { start, end } = this.range;
    for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (this.querySelectorAll("form[data-stretch]"))) {
      const field = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
      field("start").value = String(start ?? this.time);
      field("end").value = String(end ?? start ?? this.time);
    }
  }

  playRange() {
    const { start, end } = this.range;
    if (start === null || end === null) return;
    this.setShuttle(0);
    this.seek(start);
    this.isBoundToRange = true;
    this.media?.play().catch(() => undefined);
  }

  get link() {
    const { start, end } = this.range;
    const at = start !== null && end !== null && end > start ? `${round(start)},${round(end)}` : round(this.time);
    const q = this.data.question ? `&q=${encodeURIComponent(this.data.question)}` : "";
    return `${location.origin}${location.pathname}?t=${at}${q}`;
  }

  copyQuote() {
    const { start, end } = this.range;
    const [from, to] = start !== null && end !== null && end > start ? [start, end] : [this.time, this.time];
    const lines = [...document.querySelectorAll(".line")].filter((line) => {
      const [a, b] = [Number(line.getAttribute("data-start")), Number(line.getAttribute("data-end"))];
      return from === to ? a <= from && from < b : a < to && from < b;
    });
    if (!lines.length) return toast("No words are said there.");
    const words = lines.map((line) => line.querySelector(".words > p")?.textContent?.trim() ?? "").join(" ");
    const begins = from === to ? Number(lines[0].getAttribute("data-start")) : from;
    const ends = from === to ? Number(lines[0].getAttribute("data-end")) : to;
    void copy(`${this.data.name} ${clock(begins)}-${clock(ends)}, "${words}"\n${location.origin}${location.pathname}?t=${round(begins)},${round(ends)}`, "Quote and source copied.");
  }

  // -- moments --------------------------------------------------------------------------------------

  /** @param {1 | -1} way */
  hit(way) {
    const starts = this.data.hits.map((hit) => hit.start);
    const at = this.time;
    const to = way > 0 ? starts.find((s) => s > at + 0.3) : starts.filter((s) => s < at - 0.8).pop();
    if (to === undefined) return toast(way > 0 ? "No moment after this one." : "No moment before this one.");
    this.seek(to);
  }

  // -- over the picture -------------------------------------------------------------------------------

  /** Lay the boxes exactly over the picture, without the bars around it. */
  place() {
    const over = /** @type {HTMLElement | null} */ (this.querySelector("[data-over]"));
    const video = this.media;
    if (!over || !(video instanceof HTMLVideoElement)) return;
    const [w, h] = [video.videoWidth || 16, video.videoHeight || 9];
    const scale = Math.min(video.clientWidth / w, video.clientHeight / h);
    const [width, height] = [w * scale, h * scale];
    over.style.width = `${width}px`;
    over.style.height = `${height}px`;
    over.style.left = `${video.offsetLeft + (video.clientWidth - width) / 2}px`;
    over.style.top = `${video.offsetTop + (video.clientHeight - height) / 2}px`;
  }

  draw() {
    const over = this.querySelector("[data-over]");
    if (!over) return;
    const at = this.shownAt ?? this.time;
    const now = this.data.boxes.filter((box) => this.shown[/** @type {"text" | "object"} */ (box.kind)] && box.start <= at && at < box.end);
    const key = now.map((box) => `${box.kind}${box.start}${box.text}${box.box}`).join("|");
    if (over.getAttribute("data-key") === key) return;
    over.setAttribute("data-key", key);
    over.replaceChildren(
      ...now.map((box) => {
        const made = el("div", { class: `over-box ${box.kind}` }, el("span", {}, box.text));
        const [x, y, w, h] = box.box.map((v) => `${100 * v}%`);
        Object.assign(made.style, { left: x, top: y, width: w, height: h });
        return made;
      }),
    );
  }

  /** @param {"text" | "object"} kind */
  toggleOver(kind) {
    const button = this.control(kind);
    if (!button) return;
    this.shown[kind] = !this.shown[kind];
    button.setAttribute("aria-pressed", String(this.shown[kind]));
    this.place();
    this.draw();
  }

  toggleCaptions() {
    const track = this.media?.textTracks[0];
    if (!track) return;
    track.mode = track.mode === "showing" ? "hidden" : "showing";
    this.control("captions")?.setAttribute("aria-pressed", String(track.mode === "showing"));
  }

  fullScreen() {
    const screen = this.querySelector("[data-screen]");
    if (document.fullscreenElement) void document.exitFullscreen();
    else void screen?.requestFullscreen?.().catch(() => undefined);
  }

  // -- hands ------------------------------------------------------------------------------------------

  /** @param {string} name @returns {HTMLButtonElement | null} */
  control(name) {
    return this.querySelector(`[data-do="${name}"]`);
  }

  /** @param {Event} event */
  clicked(event) {
    const button = /** @type {Element} */ (event.target).closest("[data-do]");
    if (button instanceof HTMLElement) this.act(button.dataset.do ?? "");
  }

  /** @param {string} name */
  act(name) {
    /** @type {Record<string, () => void>} */
    const acts = {
      toggle: () => this.toggle(),
      back: () => this.seek(this.time - 5),
      on: () => this.seek(this.time + 5),
      "frame-back": () => this.step(-1),
      "frame-on": () => this.step(1),
      "hit-back": () => this.hit(-1),
      "hit-on": () => this.hit(1),
      captions: () => this.toggleCaptions(),
      text: () => this.toggleOver("text"),
      object: () => this.toggleOver("object"),
      mute: () => {
        if (this.media) this.media.muted = !this.media.muted;
      },
      full: () => this.fullScreen(),
      in: () => this.setRange(this.time, this.range.end !== null && this.range.end > this.time ? this.range.end : null),
      out: () => this.setRange(this.range.start !== null && this.range.start < this.time ? this.range.start : null, this.time),
      "play-range": () => this.playRange(),
      "clear-range": () => this.setRange(null, null),
      link: () => void copy(this.link, "Link copied."),
      quote: () => this.copyQuote(),
    };
    acts[name]?.();
  }

  /** Links to a place in this video go there at once. */
  followed = (/** @type {MouseEvent} */ event) => {
    const link = /** @type {Element} */ (event.target).closest("[data-seek]");
    if (!(link instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    this.seek(Number(link.dataset.seek));
    this.scrollIntoView({ block: "nearest" });
  };

  pressed = (/** @type {KeyboardEvent} */ event) => {
    if (!this.media || !this.areKeysOn || isTyping() || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const at = document.activeElement;
    const isControl = at?.matches("button, a, summary, input, [role=slider]") ?? false;
    /** @type {Record<string, () => void>} */
    const keys = {
      k: () => {
        if (event.repeat) return;
        this.isSlow = true;
        this.wasAtRest = this.media?.paused === true && !this.shuttle;
        if (!this.wasAtRest) this.pause();
      },
      j: () => this.faster(-1),
      l: () => this.faster(1),
      ArrowLeft: () => this.seek(this.time - (event.shiftKey ? 1 : 5)),
      ArrowRight: () => this.seek(this.time + (event.shiftKey ? 1 : 5)),
      ",": () => this.step(-1),
      ".": () => this.step(1),
      "[": () => this.act("in"),
      "]": () => this.act("out"),
      r: () => this.playRange(),
      n: () => this.hit(1),
      p: () => this.hit(-1),
      m: () => this.act("mute"),
      c: () => this.toggleCaptions(),
      f: () => this.fullScreen(),
      o: () => this.toggleOver("text"),
      b: () => this.toggleOver("object"),
      "<": () => this.changeSpeed(-1),
      ">": () => this.changeSpeed(1),
      "+": () => this.zoom("in"),
      "-": () => this.zoom("out"),
    };
    if (event.key === " " && !isControl) {
      event.preventDefault();
      return this.toggle();
    }
    if (event.key.startsWith("Arrow") && at?.matches("input, [role=slider]")) return;
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  released = (/** @type {KeyboardEvent} */ event) => {
    if (event.key.toLowerCase() !== "k" || !this.isSlow) return;
    this.isSlow = false;
    if (this.wasAtRest) this.play(); // unless J or L were pressed meanwhile
  };

  /** @param {string} way */
  zoom(way) {
    /** @type {HTMLButtonElement | null} */ (this.querySelector(`[data-zoom="${way}"]`))?.click();
  }

  areKeysOn = true;

  readKeys() {
    const box = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-keys]"));
    if (!box) return;
    try {
      this.areKeysOn = localStorage.getItem("single-keys") !== "off";
    } catch {
      /* they are on then */
    }
    box.checked = this.areKeysOn;
    box.addEventListener("change", () => {
      this.areKeysOn = box.checked;
      try {
        localStorage.setItem("single-keys", box.checked ? "on" : "off");
      } catch {
        /* for this page only */
      }
    });
  }
}

/** @param {number} seconds */
const round = (seconds) => String(Math.round(seconds * 1000) / 1000);

customElements.define("vf-player", Player);
