/* The keyboard: a pen that arrows move and Space puts down, and keys for undo, redo and clear. */

const STEP = 1 / 40; // of the side
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const EDGE = 0.04;

/* Move a pen over the square while it has the focus. */
export function movePen(canvas, square, drawing) {
  const held = new Set();
  let pen = { x: 0.5, y: 0.2, isDown: false };

  const show = () => (square.cursor = pen);
  const lift = () => {
    pen = { ...pen, isDown: false };
    drawing.end();
  };

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " ") {
      event.preventDefault();
      if (event.repeat) return;
      if (pen.isDown) lift();
      else {
        pen = { ...pen, isDown: true };
        drawing.begin([pen.x, pen.y, 1]);
      }
    } else if (event.key in DIRECTIONS) {
      event.preventDefault();
      held.add(event.key);
      pen = { ...pen, ...moved(pen, held, event.shiftKey ? 4 * STEP : STEP) };
      if (pen.isDown) drawing.extend([[pen.x, pen.y, 1]]);
    } else return;
    show();
  });
  canvas.addEventListener("keyup", (event) => held.delete(event.key));
  canvas.addEventListener("pointerdown", () => {
    pen = { ...pen, isDown: false };
    square.cursor = null;
  });
  canvas.addEventListener("focus", () => canvas.matches(":focus-visible") && show());
  canvas.addEventListener("blur", () => {
    held.clear();
    lift();
    square.cursor = null;
  });
  drawing.addEventListener("change", () => {
    if (pen.isDown && !drawing.isBeingDrawn) {
      pen = { ...pen, isDown: false }; // it was cleared or undone under the pen
      show();
    }
  });
}

function moved(pen, held, step) {
  const sum = [0, 1].map((axis) => [...held].reduce((total, key) => total + DIRECTIONS[key][axis], 0));
  const within = (value) => Math.min(Math.max(value, EDGE), 1 - EDGE);
  return { x: within(pen.x + step * sum[0]), y: within(pen.y + step * sum[1]) };
}

/* Keys that work all over the page, but where a control has its own use for them. */
export function takeShortcuts(drawing) {
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("select, input, textarea") || event.altKey) return;
    const action = shortcut(event);
    if (!action) return;
    event.preventDefault();
    drawing[action]();
  });
}

function shortcut(event) {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (key === "z") return event.shiftKey ? "redo" : "undo";
    return key === "y" ? "redo" : null;
  }
  return ["delete", "backspace", "escape"].includes(key) ? "clear" : null;
}
