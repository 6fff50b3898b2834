/* An answer: the class, large, how sure the version is, and a bar for each class. */

const percent = (share) => `${(100 * share).toFixed(1)}\u00a0%`;

export class Answer {
  #element;
  #noun;

  /* `noun` is what people draw: a digit, or a picture. */
  constructor(element, noun) {
    this.#element = element;
    this.#noun = noun;
  }

  get label() {
    return this.#element.dataset.label ?? "";
  }

  get version() {
    return Number(this.#element.dataset.version);
  }

  /* One sentence for those who hear it. */
  get sentence() {
    return [this.label, this.#part("verdict").textContent].filter(Boolean).join(": ");
  }

  get isShown() {
    return !this.#element.hidden;
  }

  set isShown(isShown) {
    this.#element.hidden = !isShown;
  }

  /* Whether it is about the drawing as it is. */
  set isSettled(isSettled) {
    this.#element.dataset.settled = isSettled;
  }

  /* Show an answer of /predict, about one image. */
  show(answer) {
    const [label] = answer.labels;
    const [probabilities] = answer.probabilities;
    const [familiar, sure] = [answer.familiar?.[0] ?? null, answer.sure?.[0] ?? null];
    const state = familiar === false ? "unfamiliar" : sure === false ? "unsure" : "sure";
    this.#element.dataset.version = answer.model.version;
    this.#set(state, label, this.#verdict(state, sure, this.#ranked(probabilities)));
    this.#bars(probabilities, answer.predictions[0]);
  }

  /* Nothing is drawn. */
  empty() {
    this.#set("empty", null, "Nothing is drawn yet.");
    this.#bars([], -1);
  }

  /* There is no answer, and a sentence says why. */
  refuse(sentence) {
    this.#set("refused", null, sentence);
    this.#bars([], -1);
  }

  #set(state, label, verdict) {
    this.#element.dataset.state = state;
    if (label === null) delete this.#element.dataset.label;
    else this.#element.dataset.label = label;
    this.#part("label").textContent = label ?? "";
    this.#part("label").toggleAttribute("data-long", (label ?? "").length > 2);
    this.#part("verdict").textContent = verdict;
  }

  #verdict(state, sure, [[label, share], [second, secondShare]]) {
    if (state === "unfamiliar")
      return `This does not look like a ${this.#noun} to it. If it is one, ${label} comes nearest.`;
    if (state === "unsure")
      return `Not sure: ${label} (${percent(share)}), or ${second} (${percent(secondShare)})?`;
    return sure ? `Sure, at ${percent(share)}.` : `At ${percent(share)}.`;
  }

  #ranked(probabilities) {
    const names = [...this.#rows()].map((row) => row.dataset.class);
    return probabilities.map((share, index) => [names[index], share]).sort((a, b) => b[1] - a[1]);
  }

  #bars(probabilities, best) {
    [...this.#rows()].forEach((row, index) => {
      const share = probabilities[index];
      row.style.setProperty("--share", share ?? 0);
      row.toggleAttribute("data-best", index === best);
      row.querySelector(".share").textContent = share === undefined ? "" : percent(share);
    });
  }

  #rows() {
    return this.#element.querySelectorAll(".bars li");
  }

  #part(name) {
    return this.#element.querySelector(`.${name}`);
  }
}
