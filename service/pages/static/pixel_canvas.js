/* Pixels: numbers of the network's input, drawn on a canvas, one pixel each. */

/* Draw each value as the colour [red, green, blue] that `colour(value, index)` gives it. */
export function draw(canvas, values, colour) {
  const context = contextOf(canvas);
  const image = context.createImageData(canvas.width, canvas.height);
  values.forEach((value, index) => image.data.set([...colour(value, index), 255], 4 * index));
  context.putImageData(image, 0, 0);
}

/* Draw nothing. */
export function clear(canvas) {
  contextOf(canvas).clearRect(0, 0, canvas.width, canvas.height);
}

/* From 0, black, to 1, white. */
export function grey(value) {
  const shade = Math.round(255 * value);
  return [shade, shade, shade];
}

/* The colour between two, `part` of the way. */
export function mixed(one, other, part) {
  return one.map((value, index) => value + (other[index] - value) * part);
}

/* The numbers of a computed colour, such as "rgb(1, 2, 3)". */
export function channels(colour) {
  return colour.match(/[\d.]+/g).slice(0, 3).map(Number);
}

function contextOf(canvas) {
  return canvas.getContext("2d", { willReadFrequently: true }); // few pixels are no work for a GPU
}
