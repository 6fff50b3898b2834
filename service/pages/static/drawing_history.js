/* A drawing: strokes, pictures and clearings in the order they came, so that each can be taken back.

   A stroke is a list of points [x, y, weight], x and y in parts of the square's side, weight of the pen. */

export class Drawing extends EventTarget {
  #done = [];
  #undone = [];
  #stroke = null;

  revision = 0; // changes with every change
  scene = 0; // changes where what was seen before is no beginning of what is seen now

  get isBeingDrawn() {
    return this.#stroke !== null;
  }

  get isEmpty() {
    return this.items.length === 0;
  }

  get canUndo() {
    return this.#done.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  /* What is seen: strokes, and a picture before them. */
  get items() {
    const start = this.#done.findLastIndex((item) => item.isStart);
    return this.#done.slice(Math.max(start, 0)).filter((item) => !item.isClearing);
  }

  /* The picture, where nothing is drawn over it. */
  get untouchedPicture() {
    const [first, ...others] = this.items;
    return first?.blob && others.length === 0 ? first : null;
  }

  begin(point) {
    this.#stroke = { points: [point] };
    this.#done.push(this.#stroke);
    this.#undone = [];
    this.#changed();
  }

  extend(points) {
    if (!this.#stroke || points.length === 0) return;
    this.#stroke.points.push(...points);
    this.#changed();
  }

  end() {
    if (!this.#stroke) return;
    this.#stroke = null;
    this.#changed();
  }

  /* Put a picture in place of all: { blob, image, isMask }. */
  place(picture) {
    this.#add({ ...picture, isStart: true });
  }

  clear() {
    if (!this.isEmpty) this.#add({ isStart: true, isClearing: true });
  }

  undo() {
    this.#move(this.#done, this.#undone);
  }

  redo() {
    this.#move(this.#undone, this.#done);
  }

  #add(item) {
    this.#stroke = null;
    this.#done.push(item);
    this.#undone = [];
    this.scene += 1;
    this.#changed();
  }

  #move(from, to) {
    if (from.length === 0) return;
    this.#stroke = null;
    to.push(from.pop());
    this.scene += 1;
    this.#changed();
  }

  #changed() {
    this.revision += 1;
    this.dispatchEvent(new Event("change"));
  }
}
