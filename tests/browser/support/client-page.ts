/** A page that has the TypeScript client as it is published: modules that no bundler has touched. */

import type { BrowserContext, Page } from "@playwright/test";
import { client } from "./places.ts";
import type { Server } from "./server.ts";

/** Below this the server's origin has the client's files. */
const PATH = "/client-page/";
const IMPORTS = { "@tasklane/client": `${PATH}dist/index.js` };
const HTML = `<!doctype html><html lang="en"><title>The client</title><link rel="icon" href="data:,">
  <script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>
  <script type="module">
    import { browserStore, createClient, openSession } from "@tasklane/client";
    const baseUrl = location.origin;
    const store = browserStore();
    const session = await openSession({ baseUrl, store });
    const client = createClient({ baseUrl, auth: session });
    const heard = [];
    const follow = async () => {
      for await (const step of client.changes.follow(null)) {
        const changed = step.kind === "replaced" ? step.tasks : step.changes.map((change) => change.item);
        for (const task of changed) heard.push(task.title);
      }
    };
    Object.assign(globalThis, { store, session, client, tasks: client.tasks, heard, follow });
    document.title = "Ready";
  </script></html>`;

/**
 * Opens a tab on which scripts find `store`, `session`, `client`, `tasks`, and `follow`, which puts the
 * titles of what has changed into `heard`.
 */
export async function openTab(context: BrowserContext, server: Server): Promise<Page> {
  const page = await context.newPage();
  await page.route(`${server.url}${PATH}**`, (route) => {
    const name = new URL(route.request().url()).pathname.slice(PATH.length);
    if (name === "") return route.fulfill({ contentType: "text/html", body: HTML });
    return route.fulfill({ contentType: "text/javascript", path: `${client}/${name}` });
  });
  await page.goto(server.url + PATH);
  await page.waitForFunction(() => document.title === "Ready");
  return page;
}

/** Runs a script in the tab, and gives what it comes to. */
export async function evaluate(tab: Page, script: string): Promise<unknown> {
  return tab.evaluate(`(async () => ${script})()`);
}
