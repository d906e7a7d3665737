/** What the tests of both adapters need beside the client's own. */

import { createClient, type Client, openSession, type Session } from "@tasklane/client";
import { expect, onTestFinished } from "vitest";
import type { Server } from "../../tests/browser/support/server.ts";
import { type Fate, Proxy, type Seen } from "../typescript/test/support/proxy.ts";

/** One person's connection, through a proxy that can lose what goes through it. */
export interface Person {
  client: Client;
  session: Session;
  proxy: Proxy;
  account: { email: string; password: string };
  /** Nothing gets through any more, or everything does again. */
  offline(isOffline: boolean): void;
}

/** Somebody new, or another device of somebody. */
export async function person(server: Server, account?: Person["account"]): Promise<Person> {
  const proxy = await Proxy.start(server.url);
  onTestFinished(() => proxy.stop());
  const session = await openSession({ baseUrl: proxy.url });
  const known = account ?? { email: `ada-${crypto.randomUUID()}@example.com`, password: "correct horse battery" };
  await (account ? session.login(known) : session.register(known));
  const offline = (isOffline: boolean) => {
    proxy.decide = () => (isOffline ? "lost" : "passes");
    if (isOffline) proxy.cut();
  };
  return { client: createClient({ baseUrl: proxy.url, auth: session }), session, proxy, account: known, offline };
}

/** Gives these fates to the next batches. */
export function nextBatches(proxy: Proxy, fates: Fate[]): void {
  proxy.next(fates, ({ method, path }: Seen) => method === "POST" && path.endsWith("/batch"));
}

/** The titles of the live tasks on the server. */
export async function titlesOf({ client }: Person): Promise<string[]> {
  const titles: string[] = [];
  for await (const { title } of client.tasks.all()) titles.push(title);
  return titles.toSorted();
}

/** Waits until the server has these live tasks. */
export async function serverHas(person: Person, titles: string[]): Promise<void> {
  await expect.poll(() => titlesOf(person)).toEqual(titles);
}

/** The time that a server with `trash.retention` of a second needs to forget. */
export async function forget(server: Server): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await server.command("purge");
}
