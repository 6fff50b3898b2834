/* Why: the part of the page that asks what speaks for a class, and what against it. */

import { Refusal, explain } from "./api_client.js";
import { drawHeat, tellingRegions } from "./heat_map.js";
import { clear } from "./pixel_canvas.js";

const ABOUT = {
  integrated_gradients:
    "Each pixel’s share in the score, summed up on the way from an empty image to this one.",
  gradient_times_input: "How the score would change with each pixel, times the ink that is there.",
  gradient: "How the score would change with a little more ink, also where there is none.",
};

export class Why {
  #parts;
  #asked = null; // { image, choice, label } of the answer that is to be explained
  #shown = null;
  #turn = 0;

  constructor(element) {
    const part = (name) => element.querySelector(`#why-${name}`);
    this.#parts = { element, canvas: part("map"), words: part("words"), about: part("about") };
    Object.assign(this.#parts, { pro: part("pro"), contra: part("contra") });
    Object.assign(this.#parts, { label: part("class"), against: part("against"), method: part("method") });
    element.addEventListener("toggle", () => this.#ask());
    for (const select of [this.#parts.label, this.#parts.against])
      select.addEventListener("change", () => this.#ask());
    this.#parts.method.addEventListener("change", () => this.#show());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#show());
  }

  /* Explain the answer `label` that the version of `choice` gave about an image. */
  about(image, choice, label) {
    this.#asked = { image, choice, label };
    this.#ask();
  }

  /* There is nothing to explain. */
  empty() {
    this.#asked = this.#shown = null;
    this.#turn += 1;
    this.#show();
  }

  async #ask() {
    if (!this.#parts.element.open || !this.#asked) return;
    const turn = (this.#turn += 1);
    const { image, choice } = this.#asked;
    const label = this.#parts.label.value || this.#asked.label;
    this.#forbid(label);
    try {
      const told = await explain(image, choice, label, this.#parts.against.value);
      if (turn !== this.#turn) return;
      this.#shown = told;
      this.#show();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (turn === this.#turn) this.#say(`No explanation: ${error.message}.`);
    }
  }

  /* No class is held against itself. */
  #forbid(label) {
    const { against } = this.#parts;
    for (const option of against.options) option.disabled = option.value === label;
    if (against.value === label) against.value = "";
  }

  #show() {
    const { element, canvas, method, about } = this.#parts;
    about.textContent = ABOUT[method.value];
    if (this.#shown && method.value === "integrated_gradients") about.textContent += whole(this.#shown);
    element.dataset.state = this.#shown ? "explained" : "empty";
    if (!this.#shown) {
      clear(canvas);
      this.#say("Draw something first.");
      return;
    }
    const values = this.#shown[method.value][0];
    drawHeat(canvas, values, this.#shown.inputs[0]);
    this.#tell(tellingRegions(values, canvas.width));
  }

  #tell(regions) {
    const [label] = this.#shown.labels;
    const against = this.#shown.against && this.#parts.against.value;
    const [pro, contra] = [`for ${label}`, against ? `for ${against}` : `against ${label}`];
    this.#parts.pro.textContent = `speaks ${pro}`;
    this.#parts.contra.textContent = `speaks ${contra}`;
    const ink = this.#parts.method.value === "gradient" ? "more ink in " : "";
    const sentences = [spoken(regions.for, ink, pro), spoken(regions.against, ink, contra)].join("");
    this.#say(`Why ${label}${against ? ` and not ${against}` : ""}?${sentences || " Nothing stands out."}`);
  }

  #say(words) {
    this.#parts.words.textContent = words;
  }
}

/* What the shares make up together, and how far that is from the difference. */
function whole({ scores, baselines, convergence_deltas }) {
  const [gained, delta] = [scores[0] - baselines[0], Math.abs(convergence_deltas[0])];
  const off = Number(delta.toPrecision(1)) || "nothing";
  return ` Together the shares make up the whole difference, ${gained.toPrecision(3)}, but for ${off}.`;
}

function spoken(regions, ink, side) {
  if (regions.length === 0) return "";
  const [last, ...others] = [...regions].reverse();
  const all = ink + [others.reverse().join(", "), last].filter(Boolean).join(" and ");
  return ` ${all[0].toUpperCase()}${all.slice(1)} ${others.length && !ink ? "speak" : "speaks"} most ${side}.`;
}
