/** Items by due time. */
interface Entry<T> {
  due: number;
  /** Items with the same time keep the order of insertion. */
  order: number;
  item: T;
}

/** Items by the time at which they are due: a binary heap with the earliest on top. */
export class DueHeap<T = number> {
  readonly #entries: Entry<T>[] = [];
  #pushed = 0;

  /** The earliest item; null when there is none. */
  get top(): Readonly<Pick<Entry<T>, 'due' | 'item'>> | null {
    return this.#entries[0] ?? null;
  }

  push(item: T, due: number): void {
    this.#pushed += 1;
    this.#entries.push({ due, order: this.#pushed, item });
    let child = this.#entries.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#isBefore(child, parent)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  /** Removes the earliest item. */
  pop(): void {
    const last = this.#entries.pop();
    if (!last || this.#entries.length === 0) return;
    this.#entries[0] = last;
    for (let parent = 0; ; ) {
      const left = parent * 2 + 1;
      if (left >= this.#entries.length) return;
      const right = left + 1;
      const child = right < this.#entries.length && this.#isBefore(right, left) ? right : left;
      if (!this.#isBefore(child, parent)) return;
      this.#swap(child, parent);
      parent = child;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#entries[one] as Entry<T>, this.#entries[other] as Entry<T>];
    return a.due < b.due || (a.due === b.due && a.order < b.order);
  }

  #swap(one: number, other: number): void {
    const entry = this.#entries[one] as Entry<T>;
    this.#entries[one] = this.#entries[other] as Entry<T>;
    this.#entries[other] = entry;
  }
}
