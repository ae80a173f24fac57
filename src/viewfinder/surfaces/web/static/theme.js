// Sets the chosen theme before the page is painted. A classic script, so that it blocks.
(() => {
  document.documentElement.classList.add("has-js");
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    /* storage is closed: the system's theme stands */
  }
})();
