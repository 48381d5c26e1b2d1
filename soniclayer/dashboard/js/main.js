/** Starts the dashboard. */

import { startKeys } from "./keys.js";
import { startShell } from "./shell.js";
import { startTheme } from "./theme.js";

addEventListener("unhandledrejection", (event) => {
  if (event.reason?.name === "AbortError") event.preventDefault(); // of a page that has been left
});
startTheme();
startKeys();
startShell();
