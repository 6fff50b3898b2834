/* A user of the types that openapi-typescript made; calls follow. */

import createClient from "openapi-fetch";
import type { components, paths } from "./numeral.d.ts";

const client = createClient<paths>({ baseUrl: "URL_OF_THE_SERVER" });
const answers: unknown[] = [];

async function ask<Answer>(asked: Promise<{ data?: Answer; error?: unknown; response: Response }>): Promise<void> {
  const { data, error, response } = await asked;
  if (data === undefined) throw new Error(`${response.status} ${JSON.stringify(error)}`);
  answers.push(data);
}

/* What comes is of types that one can work with. */
export function share(answer: components["schemas"]["Answer"]): number {
  return answer.probabilities[0][answer.predictions[0]];
}
export function range(model: components["schemas"]["Model"]): number[] {
  return model.input.range;
}
export const rows: components["schemas"]["Batch"] = { instances: [[[0, 1], [1, 0]]], max_value: 1 };
