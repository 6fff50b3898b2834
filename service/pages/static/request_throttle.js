/* A pace: one question at a time, and no more than one in so many milliseconds. The newest wins. */

export class Pace {
  #ask;
  #interval;
  #timer = 0;
  #isBusy = false;
  #isWanted = false;
  #isUrgent = false;
  #last = -Infinity;
  #heldUntil = -Infinity;

  /* `ask` is awaited. */
  constructor(ask, interval) {
    this.#ask = ask;
    this.#interval = interval;
  }

  /* Ask as soon as the pace allows. */
  soon() {
    this.#isWanted = true;
    this.#plan();
  }

  /* Ask as soon as the question before is answered. */
  now() {
    this.#isUrgent = true;
    this.soon();
  }

  /* Ask again, but not for so many milliseconds. */
  hold(milliseconds) {
    this.#heldUntil = performance.now() + milliseconds;
    this.soon();
  }

  #plan() {
    clearTimeout(this.#timer);
    if (this.#isBusy || !this.#isWanted) return;
    const paced = this.#isUrgent ? 0 : this.#last + this.#interval;
    const wait = Math.max(paced, this.#heldUntil) - performance.now();
    if (wait > 0) this.#timer = setTimeout(() => this.#plan(), wait);
    else this.#run();
  }

  async #run() {
    this.#isBusy = true;
    this.#isWanted = this.#isUrgent = false;
    this.#last = performance.now();
    try {
      await this.#ask();
    } finally {
      this.#isBusy = false;
      this.#plan();
    }
  }
}
