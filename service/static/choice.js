/* The choice: which version answers, which one is beside it, and what the page tells of them. */

import { Refusal, page } from "./api.js";

const NOBODY = "none";
const PARTS = ["lead", "notices", "model"]; // of the page, that tell of the version that answers

export class Choice {
  #selects;
  #bylines;
  #turns = [0, 0];

  constructor(selects, bylines, changed) {
    this.#selects = selects;
    this.#bylines = bylines;
    selects.forEach((select, index) =>
      select.addEventListener("change", () => {
        if (this.queries[index] !== undefined) this.refresh(index);
        changed();
      }),
    );
  }

  /* The queries that name the versions that are asked: one, or two. */
  get queries() {
    return this.#selects.map((select) => select.value).filter((value) => value !== NOBODY);
  }

  /* Take what is told of a version from the page as the service would send it now. */
  async refresh(index) {
    const turn = (this.#turns[index] += 1);
    const query = this.#selects[index].value;
    try {
      const fresh = await page(query);
      if (turn !== this.#turns[index] || !fresh.getElementById("draw")) return;
      this.#bylines[index].textContent = fresh.querySelector("#answer .byline").textContent;
      if (index === 0) for (const part of PARTS) replace(part, fresh);
      for (const select of this.#selects) offer(select, fresh);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error; // the question itself will be refused, and say so
    }
  }
}

function replace(id, fresh) {
  const [old, young] = [document.getElementById(id), fresh.getElementById(id)];
  if (old.innerHTML !== young.innerHTML) old.replaceChildren(...young.childNodes);
}

/* Offer what the fresh page offers, and keep what is chosen. */
function offer(select, fresh) {
  const options = [...fresh.getElementById(select.id).options];
  const chosen = select.value;
  if (options.map((option) => option.text).join() === [...select.options].map((option) => option.text).join()) return;
  if (!options.some((option) => option.value === chosen)) options.push(select.selectedOptions[0]);
  select.replaceChildren(...options);
  select.value = chosen;
}
