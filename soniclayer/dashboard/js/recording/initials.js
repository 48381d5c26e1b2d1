/** "Gen Z listener" → "GZ", "Advertiser" → "Ad": a title where there is room for two letters. */
export function initials(title) {
  const words = title.split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? words.slice(0, 2).map((word) => [...word][0].toUpperCase()) : [...(words[0] ?? "")].slice(0, 2);
  return letters.join("");
}
