// @ts-check
/**
 * Reads server-sent events of a request that is sent with a body, and goes on after a lost line.
 */
import { headers, Problem } from "./page.js";

const TRIES = 4;

/**
 * @typedef {{name: string, data: any, id: string}} Event
 */

/**
 * Yield the events of a stream.
 * @param {string} path
 * @param {FormData} form What is asked; sent again as it is where the line was lost.
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Event>}
 * @throws {Problem} Where the server says no before it begins.
 */
export async function* events(path, form, signal) {
  let last = "";
  for (let tried = 0; ; tried += 1) {
    try {
      const more = /** @type {Record<string, string>} */ ({ Accept: "text/event-stream" });
      if (last) more["Last-Event-ID"] = last;
      const answered = await fetch(path, { method: "POST", body: new URLSearchParams(/** @type {any} */ (form)), headers: headers(more), signal });
      if (!answered.ok || !answered.body) throw new Problem(answered.status, await answered.json().catch(() => ({})));
      for await (const event of read(answered.body)) {
        last = event.id || last;
        tried = 0;
        yield event;
      }
      return;
    } catch (error) {
      if (signal.aborted || error instanceof Problem || !last || tried >= TRIES) throw error;
      await new Promise((go) => setTimeout(go, 500 * 2 ** tried));
    }
  }
}

/** @param {ReadableStream<Uint8Array>} body @returns {AsyncGenerator<Event>} */
async function* read(body) {
  const reader = body.pipeThrough(/** @type {ReadableWritablePair<string, Uint8Array>} */ (/** @type {unknown} */ (new TextDecoderStream()))).getReader();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    waiting += value;
    const parts = waiting.split("\n\n");
    waiting = parts.pop() ?? "";
    for (const part of parts) {
      const found = { name: "message", data: "", id: "" };
      for (const line of part.split("\n")) {
        const [, field, text] = /^(\w+): ?(.*)$/.exec(line) ?? [];
        if (field === "event") found.name = text;
        if (field === "id") found.id = text;
        if (field === "data") found.data += text;
      }
      if (found.data) yield { ...found, data: JSON.parse(found.data) };
    }
  }
}
