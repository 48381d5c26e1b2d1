/* The right colours before anything is drawn: modules come later. A classic script in the head; theme.js goes on from here. */
"use strict";

(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("soniclayer.theme");
  } catch {
    // as the system has it
  }
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
