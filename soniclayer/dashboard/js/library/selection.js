/** Which recordings are chosen, for something to be done with all of them at once. Event: `change`. */
export class Selection extends EventTarget {
  constructor() {
    super();
    this.ids = new Set();
  }

  has(id) {
    return this.ids.has(id);
  }

  set(ids, chosen) {
    for (const id of ids) {
      if (chosen) this.ids.add(id);
      else this.ids.delete(id);
    }
    this.dispatchEvent(new Event("change"));
  }

  toggle(id) {
    this.set([id], !this.has(id));
  }

  clear() {
    this.set([...this.ids], false);
  }

  /** Let go of those that are not there any more. */
  keep(ids) {
    const there = new Set(ids);
    const gone = [...this.ids].filter((id) => !there.has(id));
    if (gone.length) this.set(gone, false);
  }
}
