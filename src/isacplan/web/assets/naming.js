/* What the toolkit's components do not say to a screen reader. */
(function () {
  "use strict";
  const LABELS = { preset: "open a preset", "sweep-key": "key to sweep" };

  function name() {
    for (const field of document.querySelectorAll(".field")) {
      const label = field.dataset.name;
      for (const thumb of field.querySelectorAll('[role="slider"]:not([aria-label])'))
        thumb.setAttribute("aria-label", label + ", slider");
      for (const part of field.querySelectorAll("input:not([aria-label]), button:not([aria-label])"))
        part.setAttribute("aria-label", label);
    }
    for (const [id, label] of Object.entries(LABELS)) {
      const part = document.getElementById(id);
      if (part && !part.getAttribute("aria-label")) part.setAttribute("aria-label", label);
    }
    for (const input of document.querySelectorAll('input[type="file"]:not([aria-label])'))
      input.setAttribute("aria-label", "open a scenario file");
  }

  let waiting = 0;
  new MutationObserver(() => {
    clearTimeout(waiting);
    waiting = setTimeout(name, 200);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
