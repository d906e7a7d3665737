import { readFile } from "node:fs/promises";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Server } from "../../tests/browser/support/server.ts";
import { run } from "../typescript/test/support/run.ts";
import { Consumer, root } from "./consumer.ts";

/** The URL that the READMEs have. */
const DOCUMENTED_URL = "http://127.0.0.1:8080";
/** Compressed bytes that a page pays for an adapter beside its peers. */
const MOST_BYTES = 4_096;

const ADAPTERS = [
  { name: "tanstack-db", entry: "openReplica" },
  { name: "rxdb", entry: "replicate" },
];

describe.each(ADAPTERS)("the package $name", ({ name, entry }) => {
  let server: Server;
  let consumer: Consumer;

  beforeAll(async () => {
    [server, consumer] = await Promise.all([Server.start(), Consumer.create(name)]);
  });
  afterAll(async () => {
    await Promise.all([server.remove(), consumer.remove()]);
  });

  test("has the licences, the README and what was built, and the version of the client", async () => {
    const beside = consumer.packed.filter((path) => !path.startsWith("dist/"));
    expect(beside.toSorted()).toEqual(["LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json"]);
    const version = async (folder: string) => JSON.parse(await readFile(`${root}/${folder}/package.json`, "utf8"));
    const [adapter, client] = [await version(name), await version("typescript")];
    expect(adapter).toMatchObject({ version: client.version, peerDependencies: { "@tasklane/client": client.version } });
  });

  test("finds code and types that belong together, however it is imported", async () => {
    const tools = `${root}/node_modules`;
    await run(process.execPath, [`${tools}/publint/src/cli.js`, consumer.tarball, "--strict"], root);
    const attw = [`${tools}/@arethetypeswrong/cli/dist/index.js`, consumer.tarball, "--no-color", "--no-emoji"];
    expect(await run(process.execPath, attw, root)).toContain("No problems found");
  });

  test("can be required by CommonJS, and imported where there is no page", async () => {
    await consumer.write("required.cjs", `console.log(typeof require("@tasklane/${name}").${entry});`);
    await consumer.write("imported.mjs", `import { ${entry} } from "@tasklane/${name}"; console.log(typeof ${entry});`);
    expect([await consumer.run("required.cjs"), await consumer.run("imported.mjs")]).toEqual(["function\n", "function\n"]);
  });

  test("has examples in its README that type-check and do what it says", async () => {
    const readme = await readFile(`${root}/${name}/README.md`, "utf8");
    const blocks = [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, text]) => ({ language, text: text! }));
    const texts = (language: string) => blocks.filter((block) => block.language === language).map(({ text }) => text);
    await consumer.write("readme.ts", texts("ts").join("\n").replaceAll(DOCUMENTED_URL, server.url));
    for (const module of ["NodeNext", "ESNext"] as const) await consumer.compile(module);
    expect(await consumer.run("readme.js")).toBe(texts("text").join(""));
  });

  test("is small", async () => {
    const contents = `export * from "@tasklane/${name}"`;
    const external = ["@tasklane/client", "@tanstack/*", "rxdb", "rxdb/*", "rxjs", "fractional-indexing"];
    const options = { bundle: true, minify: true, write: false, format: "esm", platform: "neutral", mainFields: ["module", "main"], target: "es2022" } as const;
    const { outputFiles } = await build({ ...options, stdin: { contents, resolveDir: consumer.folder }, external });
    const stream = new Blob([outputFiles[0]!.contents]).stream().pipeThrough(new CompressionStream("gzip"));
    expect((await new Response(stream).arrayBuffer()).byteLength).toBeLessThan(MOST_BYTES);
  });
});
