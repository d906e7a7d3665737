import { expect, test } from "vitest";
import { eventsOf } from "../src/server-sent-events.ts";
import { collect } from "./support/tasklane.ts";

/** The text as a stream of chunks of so many bytes. */
function stream(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.slice(index * size, (index + 1) * size));
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk) controller.enqueue(chunk);
      else controller.close();
    },
  });
}

const TEXT = [
  "\uFEFFretry: 250",
  ": a comment",
  "",
  "event: change",
  "id: 7",
  'data: {"title":"Zoë ✓"}',
  "",
  "data:first",
  "data: second",
  "data",
  "",
  "id: no\0thing",
  "unknown: field",
  "retry: soon",
  "event: empty",
  "",
  "data: last",
  "",
  "data: cut off",
];

test.each(["\n", "\r\n", "\r"])("events are read whatever the chunks, with lines that end in %j", async (end) => {
  const expected = [
    { event: "change", data: '{"title":"Zoë ✓"}', id: "7" },
    { event: "message", data: "first\nsecond\n", id: "7" },
    { event: "message", data: "last", id: "7" },
  ];
  for (const size of [1, 2, 3, 7, 1_000]) {
    const asked: number[] = [];
    let signs = 0;
    const listener = { heard: () => (signs += 1), asked: (wait: number) => asked.push(wait) };
    expect(await collect(eventsOf(stream(TEXT.join(end) + end, size), listener))).toEqual(expected);
    expect(asked).toEqual([250]);
    expect(signs).toBeGreaterThan(0);
  }
});
