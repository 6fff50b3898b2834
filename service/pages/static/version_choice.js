/* The choice: which version answers, which one is beside it, and what the page tells of them. */

import { ROOT, Refusal, page } from "./api_client.js";

const NOBODY = "none";
const PARTS = ["lead", "notices", "samples", "model"]; // of the page, that are the version's that answers

export class Choice {
  #selects;
  #columns;
  #changed;
  #turns = [0, 0];

  /* `changed` is called where another question is to be asked. */
  constructor(selects, columns, changed) {
    this.#selects = selects;
    this.#columns = columns;
    this.#changed = changed;
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
      if (turn === this.#turns[index]) this.#take(index, fresh, query);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error; // the question itself will be refused, and say so
    }
  }

  #take(index, fresh, query) {
    const [here, there] = [this.#columns[index], fresh.getElementById("answer")];
    const isLike = there !== null && kind(here, document) === kind(there, fresh);
    if (!isLike && index === 0) return location.assign(new URL(`?${query}`, ROOT)); // it takes, or tells, something else
    if (there === null) return;
    here.querySelector(".byline").textContent = there.querySelector(".byline").textContent;
    if (index === 0) for (const part of PARTS) replace(part, fresh);
    for (const select of this.#selects) offer(select, fresh);
    if (isLike) return;
    here.querySelector(".bars").replaceChildren(...there.querySelector(".bars").children);
    this.#changed();
  }
}

/* What an input is, and what the answers to it are. */
function kind(column, page) {
  const { width, height } = page.getElementById("sees");
  return JSON.stringify([width, height, ...[...column.querySelectorAll("[data-class]")].map((row) => row.dataset.class)]);
}

function replace(id, fresh) {
  const [old, young] = [document.getElementById(id), fresh.getElementById(id)];
  if (old.innerHTML !== young.innerHTML) old.replaceChildren(...young.childNodes);
  old.hidden = young.hidden;
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
