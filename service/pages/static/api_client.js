/* The service's API, as the page uses it. */

const PATIENCE = 10_000; // milliseconds

/* Where the service has its paths: a proxy may have put something before them. */
export const ROOT = new URL("..", import.meta.url);

/* An answer that is none. `status` is 0 where nothing came back. */
export class Refusal extends Error {
  constructor(status, sentence, retryAfter = 0) {
    super(sentence);
    this.status = status;
    this.retryAfter = retryAfter; // seconds
  }

  /* Whether the same may be answered later. */
  get passes() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/* What a version says of an image. `choice` is a query such as "version=3"; "" for the champion. */
export async function predict(image, choice) {
  const query = new URLSearchParams(choice);
  query.set("details", "true");
  return JSON.parse(await post(`predict?${query}`, image));
}

/* Why: `label` and `against` are classes, or "" for what the version answers, and for no other. */
export async function explain(image, choice, label, against) {
  const query = new URLSearchParams(choice);
  if (label) query.set("class", label);
  if (against) query.set("against", against);
  return JSON.parse(await post(`explain?${query}`, image));
}

/* The page as the service would send it now. */
export async function page(choice) {
  const text = await asked(choice && `?${choice}`, { headers: { Accept: "text/html" } });
  return new DOMParser().parseFromString(text, "text/html");
}

function post(path, image) {
  return asked(path, { method: "POST", body: image, headers: { "Content-Type": image.type } });
}

async function asked(path, options) {
  const [response, text] = await received(path, options);
  if (response.ok) return text;
  const pause = Number(response.headers.get("Retry-After")) || 0;
  throw new Refusal(response.status, sentence(text) ?? `it answers with status ${response.status}`, pause);
}

async function received(path, options) {
  try {
    const response = await fetch(new URL(path, ROOT), { ...options, signal: AbortSignal.timeout(PATIENCE) });
    return [response, await response.text()];
  } catch {
    throw new Refusal(0, "nothing came back");
  }
}

function sentence(text) {
  try {
    return JSON.parse(text).error;
  } catch {
    return undefined;
  }
}
