/* Ink: a drawing painted on a canvas of any size. */

const WIDTH = 0.068; // of a stroke, in parts of the side
const COARSE = 64; // pixels: a picture with fewer shows them as they are

/* Paint the items of a drawing in a square of so many pixels. */
export function paint(context, side, items, { ink, paper }) {
  context.globalCompositeOperation = "source-over";
  context.fillStyle = paper;
  context.fillRect(0, 0, side, side);
  context.lineCap = context.lineJoin = "round";
  for (const item of items) {
    context.fillStyle = context.strokeStyle = ink;
    if (item.points) stroke(context, side, item.points);
    else place(context, side, item.isMask ? inked(item.image, ink) : item.image);
  }
}

function stroke(context, side, points) {
  const [x, y, weight] = points[0];
  context.beginPath();
  context.arc(x * side, y * side, (WIDTH * side * weight) / 2, 0, 2 * Math.PI);
  context.fill();
  let from = points[0];
  points.slice(1).forEach((point, index) => {
    const isLast = index === points.length - 2;
    const to = isLast ? point : middle(points[index + 1], points[index + 2]);
    context.lineWidth = WIDTH * side * point[2];
    context.beginPath();
    context.moveTo(from[0] * side, from[1] * side);
    context.quadraticCurveTo(point[0] * side, point[1] * side, to[0] * side, to[1] * side);
    context.stroke();
    from = to;
  });
}

function middle(one, other) {
  return [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
}

/* The whole picture, as large as the square allows. */
function place(context, side, image) {
  const scale = side / Math.max(image.width, image.height);
  const [width, height] = [image.width * scale, image.height * scale];
  context.imageSmoothingEnabled = Math.max(image.width, image.height) >= COARSE;
  context.imageSmoothingQuality = "high";
  context.drawImage(image, (side - width) / 2, (side - height) / 2, width, height);
}

/* A mask, whose opacity is ink, in a colour. */
function inked(mask, ink) {
  const canvas = new OffscreenCanvas(mask.width, mask.height);
  const context = canvas.getContext("2d");
  context.drawImage(mask, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = ink;
  context.fillRect(0, 0, mask.width, mask.height);
  return canvas;
}
