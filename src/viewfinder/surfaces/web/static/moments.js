// @ts-check
/**
 * <vf-moment>: a moment as a card; its still follows the pointer, and the keys , and . .
 * <vf-moments>: a grid of them; arrow keys go from one to the next.
 */
import { clock, el } from "./page.js";

const STEPS = 12;

class Moment extends HTMLElement {
  connectedCallback() {
    const frame = /** @type {HTMLElement | null} */ (this.querySelector(".frame"));
    const still = this.querySelector("img");
    if (!frame || !still) return;
    const first = still.getAttribute("src") ?? "";
    const stamp = /** @type {HTMLElement} */ (frame.querySelector(".stamp"));
    const told = stamp.textContent ?? "";
    const bar = el("span", { class: "scrub", hidden: true });
    frame.append(bar);
    const [start, end] = [Number(this.dataset.start), Number(this.dataset.end)];
    let step = -1;

    const show = (/** @type {number} */ wanted) => {
      const next = Math.max(0, Math.min(STEPS - 1, wanted));
      if (next === step) return;
      step = next;
      const at = start + ((end - start) * (step + 0.5)) / STEPS;
      still.src = `/api/v1/videos/${this.dataset.video}/thumbnail?at=${at.toFixed(3)}`;
      frame.classList.add("scrubbing");
      bar.hidden = false;
      bar.style.setProperty("--part", String((step + 1) / STEPS));
      stamp.textContent = clock(at, end - start < 20);
    };
    const rest = () => {
      if (step < 0) return;
      step = -1;
      still.src = first;
      frame.classList.remove("scrubbing");
      bar.hidden = true;
      stamp.textContent = told;
    };
    frame.addEventListener("pointermove", (event) => {
      if (event.pointerType === "touch") return;
      const edges = frame.getBoundingClientRect();
      show(Math.floor(((event.clientX - edges.left) / edges.width) * STEPS));
    });
    frame.addEventListener("pointerleave", rest);
    frame.addEventListener("blur", rest);
    frame.addEventListener("keydown", (event) => {
      if (event.key !== "," && event.key !== ".") return;
      event.preventDefault();
      show(step < 0 ? 0 : step + (event.key === "." ? 1 : -1));
    });
    still.addEventListener("error", () => still.removeAttribute("src"), { once: true });
  }
}

class Moments extends HTMLElement {
  connectedCallback() {
    this.addEventListener("keydown", (event) => {
      const at = /** @type {HTMLElement} */ (event.target);
      if (!at.matches(".frame")) return;
      const frames = /** @type {HTMLElement[]} */ ([...this.querySelectorAll(".frame")]);
      const now = frames.indexOf(at);
      const columns = this.columns();
      const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
      let next = by === undefined ? -1 : now + by;
      if (event.key === "Home") next = 0;
      if (event.key === "End") next = frames.length - 1;
      if (next < 0 || next >= frames.length || next === now) return;
      event.preventDefault();
      frames[next].focus();
    });
  }

  columns() {
    const grid = this.querySelector(".grid");
    return grid ? getComputedStyle(grid).gridTemplateColumns.split(" ").length : 1;
  }
}

customElements.define("vf-moment", Moment);
customElements.define("vf-moments", Moments);
