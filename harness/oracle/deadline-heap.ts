/** A binary heap of indices, smallest deadline first; sized once, because a million tokens go through it. */
export class DeadlineHeap {
  readonly #deadlines: Float64Array;
  readonly #items: Int32Array;
  #size = 0;

  /** `deadlines[i]` is the deadline of item i; at most as many pushes as there are deadlines. */
  constructor(deadlines: Float64Array) {
    this.#deadlines = deadlines;
    this.#items = new Int32Array(deadlines.length);
  }

  push(item: number): void {
    let at = this.#size;
    this.#size += 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#deadline(parent) <= this.#deadlineOf(item)) break;
      this.#items[at] = this.#items[parent] as number;
      at = parent;
    }
    this.#items[at] = item;
  }

  /** Takes out the item with the smallest deadline that is not before `time`, and every earlier one. */
  popFrom(time: number): number | undefined {
    while (this.#size > 0) {
      const item = this.#pop();
      if (this.#deadlineOf(item) >= time) return item;
    }
    return undefined;
  }

  #pop(): number {
    const top = this.#items[0] as number;
    this.#size -= 1;
    const last = this.#items[this.#size] as number;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#deadline(child + 1) < this.#deadline(child)) child += 1;
      if (this.#deadline(child) >= this.#deadlineOf(last)) break;
      this.#items[at] = this.#items[child] as number;
      at = child;
    }
    this.#items[at] = last;
    return top;
  }

  #deadline(at: number): number {
    return this.#deadlineOf(this.#items[at] as number);
  }

  #deadlineOf(item: number): number {
    return this.#deadlines[item] as number;
  }
}
