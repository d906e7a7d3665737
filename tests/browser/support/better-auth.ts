/** The Better Auth service of `examples/better-auth`, as a process of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { betterAuth as folder } from "./places.ts";

/** The URL that the example's own settings for Tasklane name. */
const DOCUMENTED_URL = "http://localhost:3000";

export class BetterAuth {
  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
  ) {}

  /** Starts it; pages of the origin may use it. */
  static async start(origin: string): Promise<BetterAuth> {
    const child = spawn("node", ["server.js"], {
      cwd: folder,
      env: { ...process.env, PORT: "0", TRUSTED_ORIGINS: origin },
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const line of createInterface({ input: child.stdout! })) {
      const found = /^listening on (.+)$/.exec(line);
      if (found) return new BetterAuth(child, found[1]!);
    }
    throw new Error(`the service ended; are the packages of ${folder} installed?`);
  }

  /** The example's settings for Tasklane, for where the service really is. */
  async tasklaneSettings(): Promise<string> {
    const text = await readFile(`${folder}/tasklane.toml`, "utf8");
    return text.replaceAll(DOCUMENTED_URL, this.url);
  }

  stop(): void {
    this.process.kill();
  }
}
