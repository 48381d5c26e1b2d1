/** A colour for every topic and tone, whatever they are called: the same name has the same one everywhere. */

const HUES = 12;

/** Lightness and chroma, on which `--ink` is legible. */
const SHADES = { light: [[0.87, 0.085], [0.8, 0.085], [0.73, 0.085]], dark: [[0.34, 0.07], [0.41, 0.07], [0.48, 0.07]] };

/** With this one no two of the labels that come with SonicLayer share a colour. */
const SEED = 41797;

const known = new Map();

/** The ground of a label, a CSS colour; `theme` is "light" or "dark". */
export function labelColour(name, theme = document.documentElement.dataset.theme) {
  const key = `${theme} ${name}`;
  if (!known.has(key)) known.set(key, made(name, theme));
  return known.get(key);
}

function made(name, theme) {
  const slot = hash(name) % (HUES * SHADES.light.length);
  const [lightness, chroma] = (SHADES[theme] ?? SHADES.light)[Math.floor(slot / HUES)];
  return `oklch(${lightness} ${chroma} ${(slot % HUES) * (360 / HUES)})`;
}

/** FNV-1a, folded once: names that differ in one letter end far apart. */
function hash(name) {
  let value = SEED;
  for (let place = 0; place < name.length; place += 1) value = Math.imul(value ^ name.charCodeAt(place), 16777619) >>> 0;
  return (value ^ (value >>> 15)) >>> 0;
}
