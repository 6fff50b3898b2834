// The forms of the API's documentation: each asks this server, and says the same as a command for a terminal.

import { ROOT } from "./api_client.js";

const HEADERS = ["Content-Type", "Retry-After", "Allow", "Tensor-Datatype", "Tensor-Shape", "Model-Name", "Model-Version",
  "Inference-Header-Content-Length", "X-Request-ID"];
const FORM = "multipart/form-data", JSON_TYPE = "application/json", MOST = 50_000; // characters that are shown
const FLAT = /\[\n((?:[^[\]{}\n]+\n)+) *\]/g; // a list in lines, of nothing that has parts

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** Where the service has a path. */
const address = (path) => new URL(`.${path}`, ROOT);

/** What a form asks for: method, address, headers, and the part of the form that holds the body, if any. */
function asked(form) {
  const body = [...form.querySelectorAll(".body")].find((each) => !each.hidden);
  const url = address(form.dataset.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(form.elements[name].value)));
  const headers = {};
  const accept = form.querySelector("[data-choice=accept]");
  if (accept) headers.Accept = accept.value;
  if (body && body.dataset.type !== FORM) headers["Content-Type"] = body.dataset.type;
  for (const field of form.querySelectorAll("[data-place]")) {
    if (!field.value || field.closest("[hidden]")) continue;
    if (field.dataset.place === "query") url.searchParams.set(field.name, field.value);
    if (field.dataset.place === "header") headers[field.name] = field.value;
  }
  return { method: form.dataset.method, url: url.href, headers, body };
}

/** The bytes of a body: what was written, a file that was chosen, or the example's. */
async function content(body) {
  const input = body.querySelector("[data-body]");
  if (!body.dataset.file) return input.value;
  const file = input.files[0] ?? await fetch(address(body.dataset.file)).then((answer) => answer.blob());
  if (body.dataset.type !== FORM) return new Blob([file]); // without a type of its own
  const form = new FormData();
  form.append("file", file, input.files[0]?.name ?? body.dataset.file.split("/").at(-1));
  return form;
}

function command(form) {
  const { method, url, headers, body } = asked(form);
  const words = ["curl", quoted(url)];
  if (method === "POST" && !body) words.push("-X POST");
  for (const [name, value] of Object.entries(headers)) words.push("-H", quoted(`${name}: ${value}`));
  if (!body) return words.join(" ");
  const input = body.querySelector("[data-body]");
  if (!body.dataset.file) return [...words, "--data-binary", quoted(brief(input.value))].join(" ");
  const own = input.files[0]?.name, name = own ?? body.dataset.file.split("/").at(-1);
  words.push(body.dataset.type === FORM ? `-F ${quoted(`file=@${own ?? "-"};filename=${name}`)}`
    : `--data-binary ${own ? quoted(`@${own}`) : "@-"}`);
  return (own ? "" : `curl -s ${quoted(address(body.dataset.file).href)} |\n  `) + words.join(" ");
}

/** JSON in one line; what is none as it is. */
function brief(text) {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

/** JSON for people: a list of numbers in one line. */
function laidOut(text) {
  return JSON.stringify(JSON.parse(text), null, 2).replace(FLAT, (_, items) => `[${items.trim().split(/\s*\n\s*/).join(" ")}]`);
}

async function run(form) {
  const { method, url, headers, body } = asked(form), status = form.querySelector("[role=status]");
  const button = form.querySelector("[type=submit]");
  button.setAttribute("aria-disabled", "true");
  try {
    const sent = body && await content(body), start = performance.now();
    const answer = await fetch(url, { method, headers, body: sent, cache: "no-store" });
    const bytes = await answer.arrayBuffer(), took = performance.now() - start;
    const outcome = Object.assign(document.createElement("strong"), {
      className: answer.ok ? "good" : "bad", textContent: `${answer.status} ${answer.statusText}` });
    status.replaceChildren(outcome, ` in ${took.toFixed(1)} ms, ${bytes.byteLength.toLocaleString("en")} bytes`);
    show(form, answer, bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // what fetch says where nobody answers
    status.textContent = "The server does not answer. Is it running?";
    form.querySelector(".result").hidden = true;
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

function show(form, answer, bytes) {
  const result = form.querySelector(".result"), type = answer.headers.get("Content-Type") ?? "";
  const headers = HEADERS.filter((name) => answer.headers.has(name)).flatMap((name) =>
    [["dt", name], ["dd", answer.headers.get(name)]]);
  result.querySelector("dl").replaceChildren(...headers.map(([tag, text]) =>
    Object.assign(document.createElement(tag), { textContent: text })));
  result.querySelector(".answer").textContent = readable(type, bytes);
  result.hidden = false;
}

function readable(type, bytes) {
  if (!/^(text\/|application\/json)/.test(type)) return `${bytes.byteLength.toLocaleString("en")} bytes that are no text`;
  const text = new TextDecoder().decode(bytes), whole = type.startsWith(JSON_TYPE) ? laidOut(text) : text;
  return whole.length > MOST ? `${whole.slice(0, MOST)}\n… and ${(whole.length - MOST).toLocaleString("en")} characters more` : whole;
}

/** Show the body of the chosen type, what goes with it, and the command. */
function update(form) {
  const bodies = [...form.querySelectorAll(".body")];
  const type = form.querySelector("[data-choice=type]")?.value ?? bodies[0]?.dataset.type;
  for (const body of bodies) body.hidden = body.dataset.type !== type;
  for (const field of form.querySelectorAll("[data-goes-with]")) field.hidden = field.dataset.goesWith !== type;
  form.querySelector(".command code").textContent = command(form);
}

async function copy(form) {
  const code = form.querySelector(".command code"), button = form.querySelector(".copy");
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
  } catch { // not allowed, or not on a page without TLS
    getSelection().selectAllChildren(code);
    button.textContent = "Selected";
  }
}

function openNamed() {
  const named = document.getElementById(location.hash.slice(1));
  if (named?.matches(".operation")) {
    named.open = true;
    named.scrollIntoView();
  }
}

for (const form of document.querySelectorAll("form.try")) {
  for (const part of form.querySelectorAll("[data-needs-script]")) part.hidden = false;
  form.addEventListener("input", () => update(form));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(form);
  });
  form.querySelector(".copy").addEventListener("click", () => copy(form));
  update(form);
}
addEventListener("hashchange", openNamed);
openNamed();
