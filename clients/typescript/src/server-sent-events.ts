/** Reads server-sent events from any stream of bytes (WHATWG HTML, section 9.2.6). */

import { awaiting } from "./waiting.js";

/** One event. */
export interface ServerSentEvent {
  /** Its name; `message` when it has none. */
  event: string;
  /** Its content: the `data` lines, joined by line feeds. */
  data: string;
  /** The last id that the stream has named. */
  id: string;
}

/** What a stream says on the way. */
export interface StreamListener {
  /** Something came, and be it a comment. */
  heard?: () => void;
  /** How many milliseconds the server wants a client to wait before it connects again. */
  asked?: (milliseconds: number) => void;
  /** Ends the reading. */
  signal?: AbortSignal;
}

/** The events of a stream, until it ends. An event that is cut off is left out. */
export async function* eventsOf(
  body: ReadableStream<Uint8Array>,
  { heard, asked, signal }: StreamListener = {},
): AsyncGenerator<ServerSentEvent, void, undefined> {
  let event = "";
  let data: string[] = [];
  let id = "";
  for await (const line of linesOf(body, heard, signal)) {
    if (line === "") {
      if (data.length > 0) yield { event: event || "message", data: data.join("\n"), id };
      event = "";
      data = [];
      continue;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    else if (field === "data") data.push(value);
    else if (field === "id" && !value.includes("\0")) id = value;
    else if (field === "retry" && /^\d+$/.test(value)) asked?.(Number(value));
  }
}

/** Lines end in CR LF, LF or CR, and a chunk may end anywhere. */
async function* linesOf(
  body: ReadableStream<Uint8Array>,
  heard?: () => void,
  signal?: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await awaiting(reader.read(), signal);
      if (done) return;
      heard?.();
      // A CR at the very end may be the first half of a CR LF.
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
