/** Somebody who follows the guide exactly, in an empty folder, on free ports. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";
import { checkout, guideLock, target } from "./places.ts";
import { Server } from "./server.ts";

/** What the guide says, and what is running elsewhere here. */
const APP = "http://localhost:3000";
const TASKLANE = "http://127.0.0.1:8080";

export class Newcomer {
  server: Server | null = null;
  private app: ChildProcess | null = null;

  private constructor(
    private readonly root: string,
    readonly url: string,
  ) {}

  static async withFiles(files: Map<string, string>): Promise<Newcomer> {
    const root = await mkdtemp(join(tmpdir(), "tasklane-guide-"));
    const newcomer = new Newcomer(root, `http://localhost:${await freePort()}`);
    for (const [name, content] of files) {
      const path = join(newcomer.folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, newcomer.here(content));
    }
    // The same packages each time.
    await cp(guideLock, join(newcomer.folder, "package-lock.json"));
    await symlink(checkout, join(root, "tasklane"));
    return newcomer;
  }

  get folder(): string {
    return join(this.root, "my-tasks");
  }

  /** Runs a line as a shell would; what serves keeps running. Gives what it prints. */
  async run(line: string, settings: string): Promise<string> {
    if (line === "npm start") return this.serve();
    if (line.endsWith("cargo run -- --config ../my-tasks/tasklane.toml")) {
      this.server = await Server.start({}, this.here(settings));
      return "";
    }
    // `cargo xtask test --web` has done that, and other tests use what it made.
    if (line.startsWith("npm --prefix ../tasklane/clients/typescript ")) return "";
    // Packing builds it again, under the tests that use it.
    const packing = line.startsWith("npm pack ") && { npm_config_ignore_scripts: "true" };
    const options = { cwd: this.folder, env: { ...this.environment(), ...packing } };
    try {
      return (await promisify(execFile)("sh", ["-c", this.here(line)], options)).stdout;
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${line}\n${stdout}\n${stderr}`, { cause: error });
    }
  }

  /** A text of the guide, with the addresses that are meant here. */
  here(text: string): string {
    const here = text.replaceAll(APP, this.url);
    return this.server ? here.replaceAll(TASKLANE, this.server.url) : here;
  }

  async leave(): Promise<void> {
    // npm and the shell between would leave their child behind.
    if (this.app?.pid) process.kill(-this.app.pid);
    await this.server?.remove();
    await rm(this.root, { recursive: true, force: true, maxRetries: 5 });
  }

  private async serve(): Promise<string> {
    const environment = { ...this.environment(), PORT: new URL(this.url).port };
    this.app = spawn("npm", ["start"], { cwd: this.folder, env: environment, stdio: ["ignore", "ignore", "inherit"], detached: true });
    while (!(await fetch(this.url).then((answer) => answer.ok, () => false))) {
      if (this.app.exitCode !== null) throw new Error(`the app ended with ${this.app.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return "";
  }

  private environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PATH: [process.env.PATH, `${target}/python/bin`].join(delimiter),
      BETTER_AUTH_URL: this.url,
      ...(this.server && { TASKLANE_URL: this.server.url, NEXT_PUBLIC_TASKLANE_URL: this.server.url }),
      NEXT_TELEMETRY_DISABLED: "1",
      // The guide shows what is printed without colours.
      FORCE_COLOR: "0",
      npm_config_omit_lockfile_registry_resolved: "true",
    };
  }
}
