// @ts-check
/**
 * <vf-preview>: plays a stretch of a video beside the conversation, with the words it was cited for.
 *
 * Anything on the page with data-play (see templates/_answer.html) plays here when it is clicked;
 * with Ctrl, Shift or the middle button it opens as the link that it is.
 */
import { api, clock, el, icon, isTyping } from "./page.js";

/**
 * @typedef {{video: string, media: string, captions: string, name: string, start: number, end: number,
 *            watch: string, words: string, quoted: boolean, seen: boolean}} Stretch
 */

class Preview extends HTMLElement {
  /** @type {HTMLVideoElement | null} */
  video = null;
  /** @type {Stretch | null} */
  stretch = null;

  connectedCallback() {
    document.addEventListener("click", this.clicked);
    document.addEventListener("keydown", this.pressed);
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.clicked);
    document.removeEventListener("keydown", this.pressed);
  }

  clicked = (/** @type {MouseEvent} */ event) => {
    const link = /** @type {Element} */ (event.target).closest("[data-play]");
    if (!(link instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const stretch = /** @type {Stretch} */ (JSON.parse(link.dataset.play ?? "{}"));
    if (!stretch.media) return; // words without footage: their page shows them
    event.preventDefault();
    for (const was of document.querySelectorAll("[data-play][aria-current]")) was.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    this.play(stretch);
  };

  pressed = (/** @type {KeyboardEvent} */ event) => {
    if (!this.video || isTyping() || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = document.activeElement;
    if (event.key === " " && !(at?.matches("button, a, summary, video, input"))) {
      event.preventDefault();
      if (this.video.paused) void this.video.play();
      else this.video.pause();
    }
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) this.close();
  };

  /** Play a stretch from its first second. @param {Stretch} stretch */
  play(stretch) {
    const same = this.stretch?.video === stretch.video && this.video;
    this.stretch = stretch;
    if (!same) this.build(stretch);
    this.describe(stretch);
    const video = /** @type {HTMLVideoElement} */ (this.video);
    const begin = () => {
      video.currentTime = stretch.start;
      video.play().catch(() => undefined); // the browser may want another click: the still stands there
    };
    this.scrollIntoView({ block: "nearest" });
    if (video.readyState >= HTMLMediaElement.HAVE_METADATA) begin();
    else video.addEventListener("loadedmetadata", begin, { once: true });
  }

  close() {
    if (!this.video) return;
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    this.video = this.stretch = null;
    this.replaceChildren(el("p", { class: "muted small", "data-hint": true }, "A citation or a moment plays here."));
    const was = /** @type {HTMLElement | null} */ (document.querySelector("[data-play][aria-current]"));
    was?.removeAttribute("aria-current");
    was?.focus();
  }

  /** @param {Stretch} stretch */
  build(stretch) {
    const close = el("button", { class: "btn quiet icon-only small", type: "button", "aria-label": "Close the preview", on: { click: () => this.close() } }, icon("close"));
    this.video = el(
      "video",
      { controls: true, playsinline: true, preload: "metadata", on: { timeupdate: () => this.follow(), error: () => void this.fail() } },
      el("track", { kind: "captions", src: stretch.captions, srclang: "en", label: "Captions" }),
    );
    this.video.src = stretch.media;
    this.replaceChildren(
      el("div", { class: "head" }, el("span", { class: "clip", "data-name": true }), close),
      this.video,
      el("p", { class: "said", "data-words": true }),
      el("a", { class: "btn small", "data-open": true }, icon("full"), "Open in the player"),
    );
  }

  /** @param {Stretch} stretch */
  describe(stretch) {
    const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (this.querySelector(`[data-${name}]`));
    part("name").textContent = stretch.name;
    part("name").title = stretch.name;
    part("words").textContent = stretch.quoted ? `“${stretch.words}”` : stretch.words;
    part("words").hidden = !stretch.words;
    /** @type {HTMLAnchorElement} */ (part("open")).href = stretch.watch;
    this.video?.setAttribute("aria-label", `${stretch.name}, from ${clock(stretch.start)}`);
  }

  /** Light up the words while they are said. */
  follow() {
    if (!this.video || !this.stretch) return;
    const at = this.video.currentTime;
    this.querySelector("[data-words]")?.classList.toggle("now", at >= this.stretch.start - 0.05 && at <= this.stretch.end);
  }

  /** Ask for another form of what this browser cannot play. */
  async fail() {
    const [video, stretch] = [this.video, this.stretch];
    if (!video?.error || !stretch) return;
    const way = video.dataset.again ? null : await api(`/videos/${stretch.video}/playback?refused=true`).catch(() => null);
    if (this.video !== video) return;
    video.dataset.again = "1";
    if (way?.way === "whole" && way.ready) {
      video.src = way.url;
      this.play(stretch);
      return;
    }
    const told = el("p", { class: "note warn small" }, "This browser cannot play it here. ", el("a", { href: stretch.watch }, "Open it in the player"));
    video.replaceWith(told);
    this.video = null;
  }
}

customElements.define("vf-preview", Preview);
