/** The real program for the tests of one file, and accounts on it. */

import { randomUUID } from "node:crypto";
import { type Client, type ClientOptions, createClient, type Fetch, openSession, type Session } from "@tasklane/client";
import { afterAll } from "vitest";
import { Server, type Settings } from "../../../../tests/browser/support/server.ts";

/** Starts a server that lives until the file's tests have ended, or the one whose hook is given. */
export async function start(settings: Settings = {}, ended: (stop: () => Promise<void>) => void = afterAll): Promise<Server> {
  const server = await Server.start(settings);
  ended(() => server.remove());
  return server;
}

/** An account's words. */
export function credentials() {
  return { email: `ada-${randomUUID()}@example.com`, password: "correct horse battery" };
}

/** Somebody new, signed in. `baseUrl` may lead through a proxy. */
export async function signUp(baseUrl: string): Promise<Session> {
  const session = await openSession({ baseUrl });
  await session.register(credentials());
  return session;
}

/** A client for somebody new. */
export async function newClient(baseUrl: string, options: Partial<ClientOptions> = {}): Promise<Client> {
  return createClient({ baseUrl, auth: await signUp(baseUrl), ...options });
}

/** A platform whose requests do not hear that they were aborted, as Node.js may forget it. */
export const deaf: Fetch = async (request) => {
  const { url, method, headers } = request;
  return fetch(url, { method, headers, body: request.body && (await request.text()) });
};

/** What a promise is rejected with; fails when it is not. */
export async function rejection(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => Promise.reject(new Error("it was not rejected")),
    (error: unknown) => error,
  );
}

/** Everything that an iteration gives. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
