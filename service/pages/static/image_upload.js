/* Pictures: pasted, dropped or chosen images, test digits, and what of a drawing is sent. */

import { paint } from "./stroke_painter.js";

const TAKEN = ["image/png", "image/jpeg", "image/webp", "image/bmp"]; // by the service, as they are
const LONGEST = 1024; // pixels of a side, of what is packed anew
const SIDE = 280; // pixels, of a drawing that is sent
const PLAIN = { ink: "#000", paper: "#fff" };

const sent = new OffscreenCanvas(SIDE, SIDE);

/* The picture in a file.

   Throws where the browser reads no image in it. */
export async function pictureOf(file) {
  const image = await createImageBitmap(file);
  return { image, blob: TAKEN.includes(file.type) ? file : await packed(image) };
}

/* A test digit, light on dark, whose light is ink; it is sent as the pixels that it was tested with. */
export async function digitOf(element) {
  await element.decode();
  const canvas = new OffscreenCanvas(element.naturalWidth, element.naturalHeight);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(element, 0, 0);
  const image = context.getImageData(0, 0, canvas.width, canvas.height);
  const shades = image.data.filter((_, index) => index % 4 === 0);
  image.data.fill(0);
  shades.forEach((shade, index) => (image.data[4 * index + 3] = shade));
  context.putImageData(image, 0, 0);
  return { image: canvas, blob: new Blob([shades], { type: "application/octet-stream" }), isMask: true };
}

/* What is asked about: the picture itself, or the drawing, dark on light. */
export async function encoded(drawing) {
  const picture = drawing.untouchedPicture;
  if (picture) return picture.blob;
  paint(sent.getContext("2d", { willReadFrequently: true }), SIDE, drawing.items, PLAIN);
  return sent.convertToBlob({ type: "image/png" });
}

function packed(image) {
  const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
  const canvas = new OffscreenCanvas(Math.ceil(image.width * scale), Math.ceil(image.height * scale));
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/png" });
}

/* Take the first image that is pasted or dropped anywhere on the page. */
export function takeFiles(target, take) {
  const first = (data) => [...(data?.files ?? [])][0];
  document.addEventListener("paste", (event) => {
    const file = first(event.clipboardData);
    if (file) take(file);
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    target.toggleAttribute("data-over", true);
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) target.toggleAttribute("data-over", false);
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    target.toggleAttribute("data-over", false);
    const file = first(event.dataTransfer);
    if (file) take(file);
  });
}
