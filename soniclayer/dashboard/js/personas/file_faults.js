/** What is wrong with the files of personas, as people read it. */

import { texts } from "../texts.js";

const LINE = /^(?:.*\/)?([^/:]+)\.ya?ml(?::(\d+))?: (.*)$/s;

/** A Map from the name of each persona whose file has faults to lines about them, from the `faults` of /personas. */
export function faultsByPersona(faults) {
  const found = new Map();
  for (const fault of faults) {
    const [, name, line, text] = LINE.exec(fault) ?? [null, "", null, fault];
    found.set(name, [...(found.get(name) ?? []), line ? texts.personas.atLine(line, text) : text]);
  }
  return found;
}
