import { cp, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { EdgeVM } from "@edge-runtime/vm";
import { build } from "esbuild";
import openapiTS, { astToString } from "openapi-typescript";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { Consumer, root } from "./support/consumer.ts";
import { run } from "./support/run.ts";
import { credentials, start } from "./support/tasklane.ts";

/** The URL that the README has. */
const DOCUMENTED_URL = "http://127.0.0.1:8080";
const MODULES =
  "api batch changes client document event-stream in-place index item-queue kinds operations problem retry server-sent-events session session-store shared-stream tasks token transport types waiting";
/** Compressed bytes that a page pays for all of it, and for what `createClient` needs. */
const MOST_BYTES = 9_000;
const MOST_BYTES_OF_A_CLIENT = 7_000;

/** What must not compile is in here, too. */
const STRICT_PROGRAM = `
  import { type Code, createClient, type Task, TaskProblem } from "@tasklane/client";
  const client = createClient({ baseUrl: "http://nowhere", auth: () => "", fetch: async () => missing() });
  const task: Pick<Task, "id" | "revision"> = { id: "none", revision: 1 };
  const missing = () => new Response('{"code":"not_found","errors":[]}', {
    status: 404,
    headers: { "Content-Type": "application/problem+json" },
  });
  export const wrong = () => [
    // @ts-expect-error: there is no such priority.
    client.tasks.update(task, { priority: "vital" }),
    // @ts-expect-error: it has no title.
    client.tasks.create({ tags: [] }),
    // @ts-expect-error: a task without its revision.
    client.tasks.remove({ id: "none" }),
  ];
  const code: Code | null = await new Promise((resolve) =>
    client.tasks.list().catch((error: unknown) => resolve(error instanceof TaskProblem ? error.code : null)),
  );
  console.log(code);
`;

const server = await start();
let consumer: Consumer;

beforeAll(async () => {
  consumer = await Consumer.create();
});
afterAll(() => consumer.remove());

async function json(path: string): Promise<any> {
  return JSON.parse(await readFile(`${root}/${path}`, "utf8"));
}

/** The package bundled for no platform in particular: an import of one of Node.js' modules fails. */
async function bundled(contents: string, format: "esm" | "iife" = "esm"): Promise<string> {
  const result = await build({
    stdin: { contents, resolveDir: consumer.folder },
    bundle: true,
    minify: true,
    write: false,
    format,
    globalName: "edge",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
  });
  expect(result.warnings).toEqual([]);
  return result.outputFiles[0]!.text;
}

async function compressed(text: string): Promise<number> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).arrayBuffer()).byteLength;
}

test("the types are those of the document, and the version is its version", async () => {
  const ast = await openapiTS(new URL("../../../docs/openapi.json", import.meta.url), { defaultNonNullable: false });
  const built = await readFile(`${root}/src/document.ts`, "utf8");
  expect(built.endsWith(astToString(ast)), "src/document.ts is stale: run `npm run build`").toBe(true);
  const { info } = await json("../../docs/openapi.json");
  expect((await json("package.json")).version).toBe(info.version);
});

test("the tarball has what is needed and nothing else", () => {
  const modules = MODULES.split(" ").flatMap((name) => [`${name}.d.ts`, `${name}.js`]);
  const built = ["", "cjs/"].flatMap((folder) => modules.map((file) => `dist/${folder}${file}`));
  expect(consumer.packed.toSorted()).toEqual(["LICENSE-APACHE", "LICENSE-MIT", "README.md", ...built, "dist/cjs/package.json", "package.json"].toSorted());
});

test("a project that installs it gets nothing else beside it", async () => {
  const { packages } = JSON.parse(await readFile(`${consumer.folder}/package-lock.json`, "utf8"));
  expect(Object.keys(packages)).toEqual(["", "node_modules/@tasklane/client"]);
});

test("every way to import it finds the code and the types that belong together", async () => {
  const tools = `${root}/node_modules`;
  await run(process.execPath, [`${tools}/publint/src/cli.js`, consumer.tarball, "--strict"], root);
  const attw = `${tools}/@arethetypeswrong/cli/dist/index.js`;
  expect(await run(process.execPath, [attw, consumer.tarball, "--no-color", "--no-emoji"], root)).toContain("No problems found");
});

test("CommonJS can require it", async () => {
  const program = `
    const { createClient, openSession, TaskProblem } = require("@tasklane/client");
    const problem = createClient({ baseUrl: process.argv[1], auth: () => "none" }).tasks.list().catch((error) => error);
    problem.then((error) => console.log(typeof openSession, error instanceof TaskProblem, error.code));
  `;
  expect(await run(process.execPath, ["--input-type=commonjs", "--eval", program, server.url], consumer.folder)).toBe("function true invalid_token\n");
});

test("a package that is made of a fresh checkout has its code", async () => {
  const fresh = await mkdtemp(`${tmpdir()}/tasklane-fresh-`);
  onTestFinished(() => rm(fresh, { recursive: true, force: true }));
  const folder = `${fresh}/clients/typescript`;
  for (const name of ["src", "package.json", ".npmrc", "tsconfig.json", "tsconfig.commonjs.json"]) await cp(`${root}/${name}`, `${folder}/${name}`, { recursive: true });
  for (const name of ["LICENSE-APACHE", "LICENSE-MIT", "docs/openapi.json"]) await cp(`${root}/../../${name}`, `${fresh}/${name}`);
  await symlink(`${root}/node_modules`, `${folder}/node_modules`);
  const said = await run("npm", ["pack", "--json", "--pack-destination", fresh], folder);
  // The build says something first.
  const [packed] = JSON.parse(said.slice(said.lastIndexOf("\n[") + 1));
  const paths = packed.files.map(({ path }: { path: string }) => path);
  expect(paths).toEqual(expect.arrayContaining(["LICENSE-MIT", "dist/index.js"]));
});

test("the README's examples and a strict program type-check and run in such a project", async () => {
  const readme = await readFile(`${root}/README.md`, "utf8");
  const blocks = [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, text]) => ({ language, text: text! }));
  const texts = (language: string) => blocks.filter((block) => block.language === language).map(({ text }) => text);
  // They are read from top to bottom, and so they are run: as one program.
  await consumer.write("readme", texts("ts").join("\n").replaceAll(DOCUMENTED_URL, server.url));
  await consumer.write("strict", STRICT_PROGRAM);
  for (const module of ["NodeNext", "ESNext"] as const) await consumer.compile(module);
  expect(texts("text").length).toBeGreaterThan(6);
  expect(await consumer.run("readme")).toBe(texts("text").join(""));
  expect(await consumer.run("strict")).toBe("not_found\n");
});

test("it is small, and what is not used of it is left out", async () => {
  const whole = await bundled('export * from "@tasklane/client"');
  expect(await compressed(whole)).toBeLessThan(MOST_BYTES);
  const client = await bundled('export { createClient } from "@tasklane/client"');
  expect(await compressed(client)).toBeLessThan(MOST_BYTES_OF_A_CLIENT);
  const part = await bundled('export { cachedToken } from "@tasklane/client"');
  expect(await compressed(part)).toBeLessThan(800);
});

test("it runs where there is no Node.js: on an edge runtime", async () => {
  const program = `
    import { createClient, openSession } from "@tasklane/client";
    export async function run(baseUrl, account) {
      const session = await openSession({ baseUrl });
      await session.register(account);
      const { tasks, changes } = createClient({ baseUrl, auth: session });
      const task = await tasks.create({ title: "From the edge" });
      for await (const change of changes.events(0)) return [typeof process, change.item.title === task.title];
    }
  `;
  const code = await bundled(program, "iife");
  const edge = new EdgeVM({ initialCode: code });
  const call = `edge.run(${JSON.stringify(server.url)}, ${JSON.stringify(credentials())})`;
  expect(await edge.evaluate(call)).toEqual(["undefined", true]);
});
