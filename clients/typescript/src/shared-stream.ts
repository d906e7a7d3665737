/** One event stream for all tabs of an origin: over HTTP/1.1 a browser opens six connections to a server. */

import { type Pace, SILENCE } from "./event-stream.js";
import { Unreachable } from "./problem.js";
import type { Change } from "./types.js";
import { linked, onWake } from "./waiting.js";

/** A tab that follows changes. */
export interface Follower {
  /** The server and the person: tabs with the same name share a stream. */
  name: string;
  /** The revision of this tab's copy. */
  since: number;
  pace: Pace;
  signal: AbortSignal | undefined;
  silence: number | undefined;
  /** A connection of this tab's own; `told` is called at each sign of life. */
  open(since: number, told?: () => void): AsyncIterable<Change>;
  /** Waits for a while, in place of a stream. */
  poll(): AsyncIterable<Change>;
}

/** Says at which revision the stream is, and which change comes next; an empty one asks for that. */
type Message = { at?: number; change?: Change | undefined };

/**
 * In a page, the tabs of the origin elect one (Web Locks API) that holds the event stream and passes each
 * change on (BroadcastChannel). When that tab goes, another takes over. Where browsers have no locks, each
 * tab asks. Elsewhere this is a stream of its own.
 */
export async function* acrossTabs(follower: Follower): AsyncGenerator<Change, void, undefined> {
  const { document, navigator } = globalThis;
  if (!document) return yield* follower.open(follower.since);
  if (!navigator.locks) return yield* follower.poll();
  const { name, pace, silence = SILENCE } = follower;
  const { controller, release } = linked(follower.signal);
  const { signal } = controller;
  const channel = new BroadcastChannel(name);
  const ask = () => channel.postMessage({});
  const unsubscribe = onWake(ask);
  const inbox = new Inbox(silence);
  channel.onmessage = ({ data }: MessageEvent<Message>) => inbox.put(data);
  const held = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(inbox.put("aborted")));
  });
  const elected = () => (inbox.put("elected"), held);
  navigator.locks.request(name, { signal }, elected).catch(() => {});
  try {
    // What changed since the feed was read may have been passed on already.
    ask();
    for (let at = follower.since; ; ) {
      const message = signal.aborted ? "aborted" : await inbox.take();
      if (signal.aborted) throw signal.reason;
      if (message === "silent") throw new Unreachable("The tab with the event stream has gone silent");
      if (message === "elected") return yield* lead(follower, channel, at);
      if (typeof message === "string" || message.at === undefined) continue;
      pace.heard = true;
      if (message.at > at) return void (pace.hurried = true);
      if (!message.change || message.change.revision <= at) continue;
      at = message.change.revision;
      yield message.change;
    }
  } finally {
    unsubscribe();
    release();
    controller.abort();
    inbox.close();
    channel.close();
  }
}

/** Holds the stream, and passes on what it brings. */
async function* lead({ open }: Follower, channel: BroadcastChannel, since: number): AsyncGenerator<Change, void, undefined> {
  let at = since;
  const tell = (change?: Change) => channel.postMessage({ at, change } satisfies Message);
  channel.onmessage = ({ data }: MessageEvent<Message>) => data.at ?? tell();
  for await (const change of open(at, tell)) {
    tell(change);
    at = change.revision;
    yield change;
  }
}

type Arrival = Message | "elected" | "silent" | "aborted";

/** What has arrived and was not read yet; nothing for too long is an arrival, too. */
class Inbox {
  private readonly waiting: Arrival[] = [];
  private notify = () => {};
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly silence: number) {
    this.listen();
  }

  put(arrival: Arrival): void {
    this.listen();
    this.waiting.push(arrival);
    this.notify();
  }

  async take(): Promise<Arrival> {
    if (this.waiting.length === 0) await new Promise<void>((resolve) => (this.notify = resolve));
    return this.waiting.shift()!;
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private listen(): void {
    this.close();
    this.timer = setTimeout(() => this.put("silent"), this.silence);
  }
}
