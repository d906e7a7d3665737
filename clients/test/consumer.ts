/** A project that depends on an adapter and the client as they would be published. */

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { run } from "../typescript/test/support/run.ts";

/** The folder of the adapters. */
export const root = `${import.meta.dirname}/..`;

const STRICT = { target: "ES2023", lib: ["ES2023", "DOM", "DOM.Iterable"], types: [], strict: true, skipLibCheck: true };

export class Consumer {
  private constructor(
    readonly folder: string,
    /** The paths of all files in the adapter's tarball. */
    readonly packed: string[],
    /** The path of that tarball. */
    readonly tarball: string,
  ) {}

  /** Packs what has been built, and unpacks it in a folder from where the peers in this one are found. */
  static async create(adapter: string): Promise<Consumer> {
    const folder = await mkdtemp(`${root}/.consumer-`);
    await writeFile(`${folder}/package.json`, '{ "name": "consumer", "private": true, "type": "module" }');
    await unpacked(folder, "typescript", "client");
    const { files, tarball } = await unpacked(folder, adapter, adapter);
    return new Consumer(folder, files, tarball);
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(`${this.folder}/${name}`, text);
  }

  /** Compiles all programs strictly, under one of TypeScript's ways to find modules. */
  async compile(module: "ESNext" | "NodeNext"): Promise<void> {
    const moduleResolution = module === "ESNext" ? "Bundler" : "NodeNext";
    await this.write("tsconfig.json", JSON.stringify({ compilerOptions: { ...STRICT, module, moduleResolution }, include: ["*.ts"] }));
    await run(process.execPath, [`${root}/node_modules/typescript/bin/tsc`], this.folder);
  }

  async run(name: string): Promise<string> {
    return run(process.execPath, [name], this.folder);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}

async function unpacked(folder: string, source: string, name: string): Promise<{ files: string[]; tarball: string }> {
  const [packed] = JSON.parse(await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], `${root}/${source}`));
  const [tarball, place] = [`${folder}/${packed.filename}`, `${folder}/node_modules/@tasklane/${name}`];
  await mkdir(place, { recursive: true });
  await run("tar", ["-xzf", tarball, "-C", place, "--strip-components", "1"], folder);
  return { files: packed.files.map((file: { path: string }) => file.path), tarball };
}
