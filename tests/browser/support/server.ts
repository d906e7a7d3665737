/** A `tasklane` process on a free port, on data of its own. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { program } from "./places.ts";

/** Settings as the documentation names them: `auth.access_ttl`. */
export type Settings = Record<string, string>;

const DEFAULTS: Settings = {
  "server.address": "127.0.0.1:0",
  "server.workers": "2",
  "management.address": "",
  "auth.secret": "an HS256 secret that only the tests know",
  "rate_limit.api.quota": "100000",
  "rate_limit.auth.quota": "100000",
  "log.level": "warn",
};

export class Server {
  url = "";
  private process: ChildProcess | null = null;

  private constructor(
    private readonly folder: string,
    private readonly settings: Settings,
  ) {}

  /** `file` is a settings file's content: some settings cannot be in the environment. */
  static async start(settings: Settings = {}, file = ""): Promise<Server> {
    const folder = await mkdtemp(`${tmpdir()}/tasklane-browser-`);
    await writeFile(`${folder}/tasklane.toml`, file);
    const server = new Server(folder, { ...DEFAULTS, ...settings });
    await server.begin();
    return server;
  }

  /** Starts it again where it was, with the data that it had. */
  async begin(): Promise<void> {
    const address = this.url ? { "server.address": new URL(this.url).host } : {};
    const child = spawn(program, ["--config", "tasklane.toml", "serve"], {
      cwd: this.folder,
      env: environment({ ...this.settings, ...address }),
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.process = child;
    const ended = once(child, "exit").then(([code]) => {
      throw new Error(`the server ended with ${code} before it listened`);
    });
    this.url = await Promise.race([listening(child), ended]);
    ended.catch(() => {});
  }

  /** Ends it as a power cut would; its data stays. */
  async kill(): Promise<void> {
    const child = this.process;
    this.process = null;
    if (!child || child.exitCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  /** Runs another command of the program on the same data, such as `purge`. */
  async command(name: string): Promise<string> {
    const run = promisify(execFile)(program, ["--config", "tasklane.toml", name], { cwd: this.folder, env: environment(this.settings) });
    return (await run).stdout;
  }

  /** Ends it and removes its data. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function environment(settings: Settings): NodeJS.ProcessEnv {
  const named = Object.entries(settings).map(([name, value]) => [
    `TASKLANE__${name.replaceAll(".", "__").toUpperCase()}`,
    value,
  ]);
  return Object.fromEntries(named);
}

async function listening(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const found = /^listening on (.+)$/.exec(line);
    if (found) return found[1]!;
  }
  return new Promise(() => {});
}
