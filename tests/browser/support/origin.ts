/** The task page on an origin of its own, as a team would host it, with a `config.json` of its own. */

import { createServer, type IncomingMessage, request as forward, type Server as HttpServer, type ServerResponse } from "node:http";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { page } from "./places.ts";

const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};

export class Origin {
  /** What the page there finds in `config.json`. */
  config: object = {};
  /** Where requests below `/better-auth` go, so that the service's cookies are of this origin. */
  betterAuth = "";

  private constructor(private readonly listener: HttpServer) {}

  static async start(): Promise<Origin> {
    const listener = createServer();
    const origin = new Origin(listener);
    listener.on("request", (request, response) => {
      const path = new URL(request.url!, "http://origin").pathname;
      if (path.startsWith("/better-auth/")) return origin.forward(request, response);
      void origin.answer(path).then(
        (content) => response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "text/html" }).end(content),
        () => response.writeHead(404).end(),
      );
    });
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    return origin;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.listener.closeAllConnections();
    this.listener.close();
  }

  private async answer(path: string): Promise<string | Buffer> {
    if (path === "/config.json") return JSON.stringify(this.config);
    return readFile(page + (path === "/" ? "/index.html" : path));
  }

  private forward(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url!.replace(/^\/better-auth/, "/api/auth");
    const options = { method: request.method, headers: { ...request.headers, host: new URL(this.betterAuth).host } };
    const onward = forward(this.betterAuth + path, options, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  }
}
