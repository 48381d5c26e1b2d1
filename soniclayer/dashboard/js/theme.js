/** Light, dark, or as the system has it. first_paint.js has set it before anything is drawn; this keeps it right. */

const KEPT = "soniclayer.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

export const THEMES = ["system", "light", "dark"];

let chosen = "system";

/** What was chosen: one of THEMES. */
export const chosenTheme = () => chosen;

/** Choose one, for good where the browser keeps things. */
export function chooseTheme(theme) {
  chosen = theme;
  try {
    localStorage.setItem(KEPT, theme);
  } catch {
    // it holds until the page is closed
  }
  apply();
}

/**
 * Apply what was chosen now, and again whenever the system or another tab changes it. Paper is light.
 * What is drawn by hand hears the document event "soniclayer:theme".
 */
export function startTheme() {
  chosen = kept();
  system.addEventListener("change", apply);
  addEventListener("storage", (event) => { if (event.key === KEPT) { chosen = kept(); apply(); } });
  addEventListener("beforeprint", () => show("light"));
  addEventListener("afterprint", apply);
  apply();
}

function kept() {
  try {
    const found = localStorage.getItem(KEPT);
    return THEMES.includes(found) ? found : "system";
  } catch {
    return "system";
  }
}

function apply() {
  show(chosen === "system" ? (system.matches ? "dark" : "light") : chosen);
}

function show(theme) {
  const root = document.documentElement;
  root.dataset.theme = theme;
  document.querySelector("meta[name=theme-color]").content = getComputedStyle(root).getPropertyValue("--card").trim();
  document.dispatchEvent(new CustomEvent("soniclayer:theme"));
}
