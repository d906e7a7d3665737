/** Pages that have the adapters of the TypeScript client, bundled as an app would have them. */

import type { BrowserContext, Page } from "@playwright/test";
import { build } from "../../../clients/node_modules/esbuild/lib/main.js";
import { adapters, client } from "./places.ts";
import type { Server } from "./server.ts";

export type Adapter = "tanstack-db" | "rxdb";

/** What scripts find on each page: `session`, and once it is open `titles()`, `write(title)` and `pending()`. */
const SCRIPTS: Record<Adapter, string> = {
  "tanstack-db": `
    import { newTask, openReplica, task } from "@tasklane/tanstack-db";
    export async function open(client, user) {
      const replica = await openReplica({ client, name: user.id, kinds: { tasks: task } });
      const { tasks } = replica.collections;
      const titles = () => tasks.toArray.map(({ title }) => title).sort();
      const write = (title) => void replica.write(() => void tasks.insert(newTask({ title })));
      return { titles, write, pending: () => replica.pending };
    }`,
  rxdb: `
    import { newTask, replicate, task, taskCollection } from "@tasklane/rxdb";
    import { createRxDatabase } from "rxdb";
    import { getRxStorageDexie } from "rxdb/plugins/storage-dexie";
    import { RxDBLeaderElectionPlugin } from "rxdb/plugins/leader-election";
    import { addRxPlugin } from "rxdb";
    addRxPlugin(RxDBLeaderElectionPlugin);
    export async function open(client, user) {
      const { tasks } = await createRxDatabase({ name: "tasks-" + user.id, storage: getRxStorageDexie() })
        .then((database) => database.addCollections({ tasks: taskCollection() }));
      const replication = replicate({ client, name: user.id, kind: task, collection: tasks, retryTime: 500 });
      const titles = async () => (await tasks.find().exec()).map(({ title }) => title).sort();
      return { titles, write: (title) => tasks.insert(newTask({ title })).then(() => {}), pending: async () => 0 };
    }`,
};

const PAGE = `
  import { browserStore, createClient, openSession } from "@tasklane/client";
  import { open } from "adapter";
  const baseUrl = location.origin;
  const session = await openSession({ baseUrl, store: browserStore() });
  const start = async () => Object.assign(globalThis, await open(createClient({ baseUrl, auth: session }), session.user));
  Object.assign(globalThis, { session, start });
  if (session.user) await start();
  document.title = "Ready";`;

const HTML = `<!doctype html><html lang="en"><title>An app</title><link rel="icon" href="data:,"><script type="module" src="app.js"></script></html>`;

async function bundle(adapter: Adapter): Promise<string> {
  const virtual = {
    name: "virtual",
    setup(on: { onResolve: Function; onLoad: Function }) {
      on.onResolve({ filter: /^adapter$/ }, () => ({ path: "adapter", namespace: "virtual" }));
      on.onLoad({ filter: /.*/, namespace: "virtual" }, () => ({ contents: SCRIPTS[adapter], resolveDir: adapters }));
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: PAGE, resolveDir: adapters },
    alias: { "@tasklane/client": `${client}/dist/index.js` },
    define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
    plugins: [virtual],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
  });
  return outputFiles[0]!.text;
}

const bundles = new Map<Adapter, Promise<string>>();

/** Opens a tab of the app. */
export async function openTab(context: BrowserContext, server: Server, adapter: Adapter): Promise<Page> {
  if (!bundles.has(adapter)) bundles.set(adapter, bundle(adapter));
  const body = await bundles.get(adapter)!;
  const page = await context.newPage();
  const folder = `${server.url}/${adapter}/`;
  await page.route(`${folder}**`, (route) => {
    const isScript = route.request().url().endsWith("app.js");
    return route.fulfill(isScript ? { contentType: "text/javascript", body } : { contentType: "text/html", body: HTML });
  });
  await page.goto(folder);
  await ready(page);
  return page;
}

/** Loads the tab again. */
export async function reload(page: Page): Promise<void> {
  await page.reload();
  await ready(page);
}

async function ready(page: Page): Promise<void> {
  await page.waitForFunction(() => document.title === "Ready");
}
