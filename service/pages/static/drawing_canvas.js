/* The square: where a drawing is seen, and drawn by mouse, finger or pen. */

import { paint } from "./stroke_painter.js";

export class Square {
  #canvas;
  #drawing;
  #pointer = null;
  #frame = 0;
  #cursor = null;

  constructor(canvas, drawing) {
    this.#canvas = canvas;
    this.#drawing = drawing;
    drawing.addEventListener("change", () => this.paint());
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"])
      canvas.addEventListener(end, (event) => this.#up(event));
    new ResizeObserver(() => this.#resize()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
  }

  /* Show a keyboard's pen at [x, y], down or lifted; none for null. */
  set cursor(cursor) {
    this.#cursor = cursor;
    this.paint();
  }

  /* Paint with the next frame. */
  paint() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  #paint() {
    const context = this.#canvas.getContext("2d");
    const side = this.#canvas.width;
    const { color: ink, backgroundColor: paper, accentColor } = getComputedStyle(this.#canvas);
    paint(context, side, this.#drawing.items, { ink, paper });
    if (this.#cursor) this.#paintCursor(context, side, accentColor);
  }

  #paintCursor(context, side, colour) {
    const { x, y, isDown } = this.#cursor;
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = side / 120;
    context.beginPath();
    context.arc(x * side, y * side, side / 28, 0, 2 * Math.PI);
    context.stroke();
    if (!isDown) return;
    context.beginPath();
    context.arc(x * side, y * side, side / 70, 0, 2 * Math.PI);
    context.fill();
  }

  #resize() {
    this.#canvas.width = this.#canvas.height = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    this.#paint();
  }

  #down(event) {
    if (this.#pointer !== null || event.button !== 0) return;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#pointer = event.pointerId;
    this.#drawing.begin(this.#point(event));
  }

  #move(event) {
    if (event.pointerId !== this.#pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    this.#drawing.extend((events.length ? events : [event]).map((each) => this.#point(each)));
  }

  #up(event) {
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = null;
    this.#drawing.end();
  }

  #point(event) {
    const box = this.#canvas.getBoundingClientRect();
    const weight = event.pointerType === "pen" && event.pressure ? 0.6 + 0.8 * event.pressure : 1;
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height, weight];
  }
}
