// @ts-check
/** The first run: once something is being added, says that one can ask already. */
document.addEventListener("vf-job", () => {
  const note = /** @type {HTMLElement | null} */ (document.querySelector("[data-begun]"));
  if (note) note.hidden = false;
  const title = document.querySelector(".empty h1");
  if (title) title.textContent = "Footage comes in";
});
