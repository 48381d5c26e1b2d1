/** Colours for what is drawn by hand: those of css/tokens.css and css/timeline.css, as they are now. */

/** {name: colour} of css variables: palette("ink", "card"). */
export function palette(...names) {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}
