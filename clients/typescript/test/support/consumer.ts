/** A project that depends on the package as it would be published. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { run } from "./run.ts";

/** The package's own folder. */
export const root = `${import.meta.dirname}/../..`;

const STRICT = {
  target: "ES2022",
  lib: ["ES2022", "DOM", "DOM.Iterable"],
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
};

export class Consumer {
  private constructor(
    readonly folder: string,
    /** The paths of all files in the tarball, in order. */
    readonly packed: string[],
    /** The path of the tarball. */
    readonly tarball: string,
  ) {}

  /** Packs what has been built, and installs it somewhere else. */
  static async create(): Promise<Consumer> {
    const folder = await mkdtemp(`${tmpdir()}/tasklane-consumer-`);
    const [packed] = JSON.parse(await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], root));
    await writeFile(`${folder}/package.json`, '{ "name": "consumer", "private": true, "type": "module" }');
    const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel", "error"];
    await run("npm", ["install", ...quiet, `./${packed.filename}`], folder);
    return new Consumer(
      folder,
      packed.files.map((file: { path: string }) => file.path),
      `${folder}/${packed.filename}`,
    );
  }

  /** Puts a program into the project. */
  async write(name: string, text: string): Promise<void> {
    await writeFile(`${this.folder}/${name}.ts`, text);
  }

  /** Compiles all programs strictly, under one of TypeScript's ways to find modules. */
  async compile(module: "ESNext" | "NodeNext"): Promise<void> {
    const moduleResolution = module === "ESNext" ? "Bundler" : "NodeNext";
    // Checking every declaration once is enough.
    const compilerOptions = { ...STRICT, module, moduleResolution, skipLibCheck: module === "ESNext" };
    await writeFile(`${this.folder}/tsconfig.json`, JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    await run(process.execPath, [`${root}/node_modules/typescript/bin/tsc`], this.folder);
  }

  /** Runs a compiled program. */
  async run(name: string): Promise<string> {
    return run(process.execPath, [`${name}.js`], this.folder);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}
