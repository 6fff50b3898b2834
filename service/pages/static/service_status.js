/* The status: whether the service answers, in sight, and the settled answer for those who hear it. */

const SETTLED = 900; // milliseconds without a new answer
const BACK = 4000; // milliseconds that its return is told
const [FIRST, LONGEST] = [500, 8000]; // milliseconds between looks for it

export class Status {
  #line;
  #voice;
  #failures = 0;
  #timer = 0;
  #saying = 0;

  constructor(line, voice) {
    this.#line = line;
    this.#voice = voice;
  }

  get isAway() {
    return this.#failures > 0;
  }

  /* The service is away, or refuses: say so, and return the milliseconds until it is asked again. */
  away(refusal) {
    const pause = Math.max(1000 * refusal.retryAfter, Math.min(FIRST * 2 ** this.#failures, LONGEST));
    this.#failures += 1;
    const what = refusal.status ? `The service refuses for now: ${refusal.message}.` : "The service does not answer.";
    this.#tell("away", `${what} This page keeps asking.`);
    return pause;
  }

  /* It answers. */
  back() {
    if (!this.isAway) return;
    this.#failures = 0;
    this.#tell("back", "The service is back.");
    this.#timer = setTimeout(() => this.#tell("fine", ""), BACK);
  }

  /* Something that people are told in passing. */
  note(sentence) {
    this.#tell("note", sentence);
    this.#timer = setTimeout(() => this.#tell("fine", ""), 2 * BACK);
  }

  /* Say a sentence to those who listen, once it has stayed the same for a while. */
  announce(sentence) {
    clearTimeout(this.#saying);
    this.#saying = setTimeout(() => (this.#voice.textContent = sentence), SETTLED);
  }

  #tell(state, sentence) {
    clearTimeout(this.#timer);
    this.#line.dataset.state = state;
    if (this.#line.textContent !== sentence) this.#line.textContent = sentence;
  }
}
