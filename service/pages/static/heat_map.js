/* A heat map: what speaks for a class, in blue, and against it, in orange, over what the network sees. */

import { channels, draw, mixed } from "./pixel_canvas.js";

const INK = 0.45; // how much of the ink is seen under the colours
const BRIGHT = 0.995; // of all pixels are within the scale
const REGIONS = [
  ["the top left", "the top", "the top right"],
  ["the left", "the middle", "the right"],
  ["the bottom left", "the bottom", "the bottom right"],
];
const TELLING = 0.12; // of all that speaks, for a region to be named
const MOST = 3; // regions

/* Draw `values` over `inputs`, both row by row, in the colours of the canvas. */
export function drawHeat(canvas, values, inputs) {
  const style = getComputedStyle(canvas);
  const [paper, ink] = [channels(style.backgroundColor), channels(style.color)];
  const [pro, contra] = [channels(style.accentColor), channels(style.borderTopColor)];
  const scale = greatest(values);
  draw(canvas, values, (value, index) => {
    const strength = Math.min(Math.abs(value) / scale, 1) ** 0.7;
    return mixed(mixed(paper, ink, INK * inputs[index]), value > 0 ? pro : contra, 0.92 * strength);
  });
}

function greatest(values) {
  const sizes = values.map(Math.abs).sort((a, b) => a - b);
  return sizes[Math.floor(BRIGHT * (sizes.length - 1))] || sizes.at(-1) || 1;
}

/* The regions that speak most for a class, and against it: two lists of words. */
export function tellingRegions(values, columns) {
  const sums = regionSums(values, columns);
  const total = sums.reduce((sum, region) => sum + region.for + region.against, 0) || 1;
  const named = (side) =>
    sums
      .filter((region) => region[side] / total > TELLING)
      .sort((a, b) => b[side] - a[side])
      .slice(0, MOST)
      .map((region) => region.name);
  return { for: named("for"), against: named("against") };
}

function regionSums(values, columns) {
  const rows = values.length / columns;
  const regions = REGIONS.flat().map((name) => ({ name, for: 0, against: 0 }));
  values.forEach((value, index) => {
    const row = Math.floor((3 * Math.floor(index / columns)) / rows);
    const column = Math.floor((3 * (index % columns)) / columns);
    regions[3 * row + column][value > 0 ? "for" : "against"] += Math.abs(value);
  });
  return regions;
}
