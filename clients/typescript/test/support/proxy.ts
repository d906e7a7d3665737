/** A proxy that can lose what goes through it, as networks do. */

import { once } from "node:events";
import { createServer, type IncomingMessage, request as forward, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What becomes of a request. */
export type Fate =
  | "passes"
  /** It never arrives. */
  | "lost"
  /** It is done, and the answer does not come back. */
  | "answer lost"
  /** It is done, and the answer breaks off in the middle. */
  | "answer cut"
  /** It is answered here. */
  | { status: number; headers?: Record<string, string>; body?: string }
  /** It is done, and what came back is never handed on. */
  | "answer held";

/** What has been asked. */
export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
}

export class Proxy {
  /** Every request, in order. */
  readonly seen: Seen[] = [];
  /** Decides about each request; everything passes by default. */
  decide: (request: Seen) => Fate = () => "passes";

  private underWay = 0;

  private constructor(
    private readonly listener: Server,
    private readonly target: string,
  ) {}

  static async start(target: string): Promise<Proxy> {
    const listener = createServer();
    const proxy = new Proxy(listener, target);
    listener.on("request", (request, response) => proxy.handle(request, response));
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  /** Gives these fates to the next requests that fit, and lets everything after pass. */
  next(fates: Fate[], fits: (request: Seen) => boolean = () => true): void {
    const left = [...fates];
    this.decide = (request) => (fits(request) ? (left.shift() ?? "passes") : "passes");
  }

  /** How many requests had this method and a path that begins so. */
  count(method: string, path = "/"): number {
    return this.seen.filter((request) => request.method === method && request.path.startsWith(path)).length;
  }

  /** How many requests are under way. */
  get open(): number {
    return this.underWay;
  }

  /** Cuts every connection. */
  cut(): void {
    this.listener.closeAllConnections();
  }

  stop(): void {
    this.cut();
    this.listener.close();
  }

  private handle(request: IncomingMessage, response: ServerResponse): void {
    const seen = { method: request.method!, path: request.url!, headers: request.headers };
    this.seen.push(seen);
    this.underWay += 1;
    response.on("close", () => (this.underWay -= 1));
    const fate = this.decide(seen);
    if (fate === "lost") return void request.socket.destroy();
    if (typeof fate === "object") return void response.writeHead(fate.status, fate.headers).end(fate.body);
    const onward = forward(this.target + seen.path, { method: seen.method, headers: seen.headers }, (answer) => {
      if (fate === "answer lost") return void answer.resume().on("end", () => request.socket.destroy());
      if (fate === "answer held") return void answer.resume();
      response.writeHead(answer.statusCode!, answer.headers);
      response.flushHeaders();
      if (fate === "answer cut") return void answer.once("data", (data: Buffer) => cut(data, response));
      answer.pipe(response);
      answer.on("close", () => answer.complete || response.destroy());
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  }
}

function cut(data: Buffer, response: ServerResponse): void {
  response.write(data.subarray(0, 20), () => response.destroy());
}
