/* The page: a drawing is asked about while it is made, and what comes back is shown. */

import { Answer } from "./answer.js";
import { Refusal, page, predict } from "./api_client.js";
import { Choice } from "./version_choice.js";
import { Drawing } from "./drawing_history.js";
import { movePen, takeShortcuts } from "./keyboard.js";
import { Pace } from "./request_throttle.js";
import { digitOf, encoded, pictureOf, takeFiles } from "./image_upload.js";
import { clear, draw, grey } from "./pixel_canvas.js";
import { Square } from "./drawing_canvas.js";
import { Status } from "./service_status.js";
import { Why } from "./explanation.js";

const PACE = 100; // milliseconds between questions while one draws
const LOOK = 2000; // milliseconds between looks for a first model
const INPUTS = ["pointerdown", "pointermove", "pointerup", "keydown", "click", "change", "paste", "drop"];

const at = (id) => document.getElementById(id);

function start() {
  const drawing = new Drawing();
  const square = new Square(at("square"), drawing);
  const status = new Status(at("status"), at("announcement"));
  const why = new Why(at("why"));
  const columns = ["answer", "against"].map((id) => new Answer(at(id), at("draw").dataset.noun));
  const choice = new Choice(
    [at("version"), at("against-version")],
    [at("answer"), at("against")],
    () => {
      drawing.scene += 1;
      showColumns();
      changed();
    },
  );
  const pace = new Pace(ask, PACE);
  let [input, touched] = [0, 0]; // when the last input came, and the last one that changed what is asked

  function showColumns() {
    columns[1].isShown = choice.queries.length > 1;
    at("columns").toggleAttribute("data-two", columns[1].isShown);
  }

  function changed() {
    touched = input;
    at("square").toggleAttribute("data-empty", drawing.isEmpty);
    at("undo").disabled = !drawing.canUndo;
    at("redo").disabled = !drawing.canRedo;
    at("clear").disabled = drawing.isEmpty;
    for (const column of columns) column.isSettled = false;
    if (drawing.isEmpty && !status.isAway) showEmpty();
    if (drawing.isBeingDrawn) pace.soon();
    else pace.now();
  }

  function showEmpty() {
    showNone((column) => column.empty());
    status.announce("");
  }

  function showNone(tell) {
    columns.forEach(tell);
    clear(at("sees"));
    at("round-trip").textContent = "–";
    why.empty();
  }

  async function ask() {
    try {
      if (!drawing.isEmpty) await askAbout();
      else if (status.isAway) await page("");
      if (status.isAway) await choice.refresh(0);
      status.back();
      if (drawing.isEmpty) showEmpty();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      showNone((column) => column.refuse("No answer yet."));
      pace.hold(status.away(error));
    }
  }

  async function askAbout() {
    const [{ revision, scene }, queries] = [drawing, choice.queries];
    const image = await encoded(drawing);
    const began = performance.now();
    const isCurrent = () => scene === drawing.scene;
    const show = (answer, index) => {
      if (!isCurrent()) return;
      if (answer.model.version !== columns[index].version) choice.refresh(index);
      columns[index].show(answer);
      if (index === 0) showInputs(answer, performance.now() - began);
    };
    const refused = (error, index) => {
      if (!(error instanceof Refusal) || (error.passes && index === 0)) throw error;
      if (isCurrent()) columns[index].refuse(words(error));
    };
    await Promise.all(
      queries.map((query, index) =>
        predict(image, query).then(
          (answer) => show(answer, index),
          (error) => refused(error, index),
        ),
      ),
    );
    if (revision === drawing.revision && !drawing.isBeingDrawn) settle(image, queries[0]);
  }

  function settle(image, query) {
    for (const column of columns) column.isSettled = true;
    status.announce(columns.filter((column) => column.isShown).map((column) => column.sentence).join(" "));
    if (columns[0].label) why.about(image, query, columns[0].label);
    else why.empty();
    const since = touched;
    requestAnimationFrame(() =>
      setTimeout(() => (at("answer").dataset.answeredMs = (performance.now() - since).toFixed(1))),
    );
  }

  function showInputs(answer, milliseconds) {
    if (answer.inputs) draw(at("sees"), answer.inputs[0], grey);
    at("round-trip").textContent = `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
  }

  async function take(file) {
    try {
      drawing.place(await pictureOf(file));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      status.note(`${file.name || "What came"} is no image that this browser reads.`);
    }
  }

  for (const type of INPUTS) addEventListener(type, (event) => (input = event.timeStamp), { capture: true });
  drawing.addEventListener("change", changed);
  for (const action of ["undo", "redo", "clear"]) at(action).addEventListener("click", () => drawing[action]());
  at("file").addEventListener("change", () => {
    if (at("file").files.length) take(at("file").files[0]);
    at("file").value = "";
  });
  takeFiles(at("frame"), take);
  movePen(at("square"), square, drawing);
  takeShortcuts(drawing);
  at("samples").addEventListener("click", async ({ target }) => {
    const image = target.closest("button")?.querySelector("img");
    if (image) drawing.place(await digitOf(image));
  });
  showColumns();
  changed();
  at("draw").dataset.ready = "true";
}

function words(refusal) {
  if (refusal.status === 422) return "There is no digit to be seen here.";
  return `The service refuses: ${refusal.message}.`;
}

/* There is no model yet: look for one, and begin anew with it. */
async function lookForModel() {
  const fresh = await page("").catch(() => null);
  if (fresh && !fresh.getElementById("waiting")) location.reload();
  else setTimeout(lookForModel, LOOK);
}

if (at("draw")) start();
else if (at("waiting")) lookForModel();
