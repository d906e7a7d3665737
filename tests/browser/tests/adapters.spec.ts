import type { BrowserContext } from "@playwright/test";
import { type Adapter, openTab, reload } from "../support/adapter-page.ts";
import { evaluate } from "../support/client-page.ts";
import { Person } from "../support/person.ts";
import type { Server } from "../support/server.ts";
import { expect, test } from "../support/test.ts";

const ADAPTERS: Adapter[] = ["tanstack-db", "rxdb"];

/** A tab of somebody new. */
async function newTab(context: BrowserContext, server: Server, adapter: Adapter) {
  const tab = await openTab(context, server, adapter);
  const { email, password } = new Person(server);
  await evaluate(tab, `session.register(${JSON.stringify({ email, password })}).then(start).then(() => {})`);
  return tab;
}

/** Nothing reaches the server until the function that this gives is called. */
async function cutOff(context: BrowserContext): Promise<() => Promise<void>> {
  await context.route(/\/api\//, (route) => route.abort("internetdisconnected"));
  return () => context.unroute(/\/api\//);
}

/** The titles that the server has. */
const ON_SERVER = `(async () => {
  const answer = await fetch("/api/tasks?limit=100", { headers: { Authorization: "Bearer " + (await session.token()) } });
  return (await answer.json()).items.map(({ title }) => title).sort();
})()`;

for (const adapter of ADAPTERS) {
  test(`${adapter}: what is written offline survives a reload, and reaches the server later`, async ({ context, server, complaints }) => {
    complaints.expect(/ERR_INTERNET_DISCONNECTED/);
    const tab = await newTab(context, server, adapter);
    await evaluate(tab, 'write("Online")');
    await expect.poll(() => evaluate(tab, ON_SERVER)).toEqual(["Online"]);
    // The copy is stored a second later.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const restore = await cutOff(context);
    await evaluate(tab, 'write("Offline")');
    if (adapter === "tanstack-db") await expect.poll(() => evaluate(tab, "pending()")).toBe(1);
    await reload(tab);
    await expect.poll(() => evaluate(tab, "titles()")).toEqual(["Offline", "Online"]);
    await restore();
    await expect.poll(() => evaluate(tab, ON_SERVER)).toEqual(["Offline", "Online"]);
  });

  test(`${adapter}: tabs show the same, and another one goes on with the writes of one that closes`, async ({ context, server, complaints }) => {
    complaints.expect(/ERR_INTERNET_DISCONNECTED/);
    const first = await newTab(context, server, adapter);
    const second = await openTab(context, server, adapter);
    await evaluate(first, 'write("From the first")');
    await evaluate(second, 'write("From the second")');
    for (const tab of [first, second]) await expect.poll(() => evaluate(tab, "titles()")).toEqual(["From the first", "From the second"]);
    await expect.poll(() => evaluate(second, ON_SERVER)).toEqual(["From the first", "From the second"]);

    const restore = await cutOff(context);
    await evaluate(first, 'write("Left behind")');
    if (adapter === "tanstack-db") await expect.poll(() => evaluate(first, "pending()")).toBe(1);
    await first.close();
    await expect.poll(() => evaluate(second, "titles()")).toContain("Left behind");
    await restore();
    await expect.poll(() => evaluate(second, ON_SERVER)).toEqual(["From the first", "From the second", "Left behind"]);
  });
}
