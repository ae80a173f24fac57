// @ts-check
/**
 * Gets a video to a <video> or <audio> element, however the server has it: the file itself, a copy
 * in another container once that is made, or parts that are put together while it plays.
 *
 *     const source = new Source(element, id, (said) => ...);
 *     await source.open();      // and source.close() when it is not needed any more
 */
import { api } from "./page.js";

/** @typedef {{way: string, url: string, media_type: string, ready: boolean, share: number, parts: number,
 *             part_s: number, duration_s: number, why: string}} Playback */

const AHEAD = 3; // parts fetched before they are needed
const KEPT_S = 90; // seconds kept on both sides of what plays
const ASK_AGAIN_MS = 700;
const NOT_DECODED = [3, 4]; // MediaError: decode, source not supported

/** @returns {typeof MediaSource | undefined} */
const sourceClass = () => /** @type {any} */ (globalThis).ManagedMediaSource ?? globalThis.MediaSource;

export class Source {
  /**
   * @param {HTMLMediaElement} element
   * @param {string} id Of the video.
   * @param {(said: string) => void} [say] Told what is going on; "" for nothing any more.
   */
  constructor(element, id, say = () => undefined) {
    this.element = element;
    this.id = id;
    this.say = say;
    this.stop = new AbortController();
    /** @type {Parts | null} */
    this.parts = null;
    this.hasFailed = false;
    element.addEventListener("error", this.failed, { signal: this.stop.signal });
  }

  /** Begin: returns once the element has something to play from. @param {boolean} [refused] */
  async open(refused = false) {
    try {
      const said = await this.asked(refused);
      if (said.way === "parts") this.parts = new Parts(this.element, said, this.say, this.stop.signal);
      else if (said.way === "none") this.say(said.why || "It cannot be played.");
      else if (!this.element.src) this.element.src = said.url;
    } catch (error) {
      if (!this.stop.signal.aborted) this.say(error instanceof Error ? error.message : String(error));
    }
  }

  close() {
    this.stop.abort();
    this.parts?.close();
    this.element.removeAttribute("src");
    this.element.load();
  }

  /** @param {boolean} refused @returns {Promise<Playback>} */
  async asked(refused) {
    for (;;) {
      /** @type {Playback} */
      const said = await api(`/videos/${this.id}/playback${refused ? "?refused=true" : ""}`, { signal: this.stop.signal });
      if (said.ready || said.way === "none") {
        this.say("");
        return said;
      }
      this.say(`Making a copy that this browser can play: ${Math.round(100 * said.share)} %`);
      await new Promise((go) => setTimeout(go, ASK_AGAIN_MS));
    }
  }

  /** What the browser cannot decode comes in parts instead. */
  failed = () => {
    const code = this.element.error?.code ?? 0;
    if (this.parts) {
      this.say("It cannot be played here.");
    } else if (!this.hasFailed && NOT_DECODED.includes(code)) {
      this.hasFailed = true;
      const at = this.element.currentTime;
      this.element.removeAttribute("src");
      void this.open(true).then(() => {
        if (at) this.element.currentTime = at;
      });
    }
  };
}

/** Parts of some seconds, fetched around what plays. */
class Parts {
  /** @param {HTMLMediaElement} element @param {Playback} said @param {(said: string) => void} say @param {AbortSignal} signal */
  constructor(element, said, say, signal) {
    this.element = element;
    this.said = said;
    this.say = say;
    this.signal = signal;
    /** @type {Set<number>} */
    this.there = new Set();
    /** @type {SourceBuffer | null} */
    this.buffer = null;
    this.isBusy = false;
    this.wanted = new AbortController();
    const Class = sourceClass();
    if (!Class?.isTypeSupported(said.media_type)) {
      say("This browser cannot play it: it lacks H.264.");
      return;
    }
    this.source = new Class();
    this.source.addEventListener("sourceopen", () => this.opened(), { once: true });
    element.disableRemotePlayback = true;
    this.url = URL.createObjectURL(this.source);
    element.src = this.url;
    for (const event of ["timeupdate", "seeking", "play", "waiting"]) {
      element.addEventListener(event, () => this.fill(event === "seeking"), { signal });
    }
  }

  close() {
    this.wanted.abort();
    if (this.url) URL.revokeObjectURL(this.url);
  }

  opened() {
    const source = /** @type {MediaSource} */ (this.source);
    this.buffer = source.addSourceBuffer(this.said.media_type);
    source.duration = this.said.duration_s;
    this.fill(false);
  }

  /** Which part is wanted most; -1 for none. */
  next() {
    const now = Math.min(this.said.parts - 1, Math.floor(this.element.currentTime / this.said.part_s + 1e-6));
    for (let n = now; n <= Math.min(now + AHEAD, this.said.parts - 1); n += 1) if (!this.there.has(n)) return n;
    return -1;
  }

  /** @param {boolean} hasMoved */
  fill(hasMoved) {
    if (!this.buffer) return;
    if (hasMoved && this.isBusy && this.next() !== this.fetching) this.wanted.abort(); // not needed any more
    if (!this.isBusy) void this.work();
  }

  async work() {
    this.isBusy = true;
    try {
      for (let n = this.next(); n >= 0 && !this.signal.aborted; n = this.next()) {
        this.fetching = n;
        this.wanted = new AbortController();
        if (!this.hasNow()) this.say("Making it playable …");
        const got = await this.fetched(n);
        if (got) await this.appended(n, got);
        if (this.hasNow()) this.say("");
      }
      const source = /** @type {MediaSource} */ (this.source);
      if (this.there.has(this.said.parts - 1) && source.readyState === "open" && !this.buffer?.updating) source.endOfStream();
    } catch (error) {
      if (!this.signal.aborted) this.say(error instanceof Error ? error.message : String(error));
    } finally {
      this.isBusy = false;
    }
  }

  hasNow() {
    return this.there.has(Math.floor(this.element.currentTime / this.said.part_s + 1e-6));
  }

  /** @param {number} n @returns {Promise<ArrayBuffer | null>} */
  async fetched(n) {
    const signal = AbortSignal.any([this.signal, this.wanted.signal]);
    try {
      const answered = await fetch(`${this.said.url}${n}`, { signal });
      if (answered.status === 503) {
        await new Promise((go) => setTimeout(go, 1500));
        return null;
      }
      if (!answered.ok) throw new Error((await answered.json().catch(() => ({}))).detail ?? "A part of it is missing.");
      return await answered.arrayBuffer();
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    }
  }

  /** @param {number} n @param {ArrayBuffer} bytes */
  async appended(n, bytes) {
    const buffer = /** @type {SourceBuffer} */ (this.buffer);
    await this.forgotten(buffer);
    buffer.timestampOffset = n * this.said.part_s;
    await done(buffer, () => buffer.appendBuffer(bytes));
    this.there.add(n);
  }

  /** Let go of what lies far from what plays. @param {SourceBuffer} buffer */
  async forgotten(buffer) {
    const length = this.said.part_s;
    const now = this.element.currentTime;
    for (const n of [...this.there]) {
      if (Math.abs(n * length - now) <= KEPT_S) continue;
      this.there.delete(n);
      await done(buffer, () => buffer.remove(n * length, (n + 1) * length));
    }
  }
}

/** @param {SourceBuffer} buffer @param {() => void} act */
function done(buffer, act) {
  return new Promise((resolve, reject) => {
    buffer.addEventListener("updateend", resolve, { once: true });
    buffer.addEventListener("error", () => reject(new Error("The browser could not read a part.")), { once: true });
    act();
  });
}
