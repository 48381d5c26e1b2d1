/** Which of the two recordings that are compared something belongs to. */

import { h } from "../dom.js";
import { texts } from "../texts.js";

/** "A" or "B" in a circle, for the place 0 or 1. */
export const sideMark = (place) => h("span.side", { dataset: { side: place } }, texts.compare.names[place]);
