// @ts-check
/** <vf-compare>: two videos that begin, stop and go back together. */

class Compare extends HTMLElement {
  connectedCallback() {
    const videos = [...this.querySelectorAll("video")];
    const both = /** @type {HTMLElement} */ (this.querySelector("[data-both]"));
    const word = /** @type {HTMLElement} */ (both.querySelector("span"));
    const start = (/** @type {HTMLVideoElement} */ video) => {
      video.currentTime = Number(video.dataset.start);
    };
    for (const video of videos) {
      if (video.readyState >= HTMLMediaElement.HAVE_METADATA) start(video);
      else video.addEventListener("loadedmetadata", () => start(video), { once: true });
      for (const event of ["play", "pause"])
        video.addEventListener(event, () => {
          word.textContent = videos.some((each) => !each.paused) ? "Stop both" : "Play both";
        });
    }
    both.addEventListener("click", () => {
      const playing = videos.some((video) => !video.paused);
      for (const video of videos) {
        if (playing) video.pause();
        else video.play().catch(() => undefined);
      }
    });
    this.querySelector("[data-again]")?.addEventListener("click", () => videos.forEach(start));
  }
}

customElements.define("vf-compare", Compare);
