/** `test` with a server, a person, and an eye on the browser's console. */

import { type BrowserContext, expect, test as base } from "@playwright/test";
import { Person } from "./person.ts";
import { Server, type Settings } from "./server.ts";

/** What the browser complained about: errors, uncaught exceptions, breaches of the policy. */
export class Complaints {
  private readonly heard: string[] = [];
  private readonly expected: RegExp[] = [];
  private over = false;

  listenTo(context: BrowserContext): void {
    context.on("console", (message) => {
      if (message.type() === "error" && !this.over) this.heard.push(`${message.text()} (${message.location().url})`);
    });
    context.on("weberror", (error) => this.heard.push(String(error.error())));
  }

  /** A test that provokes refusals says which: browsers report each in the console. */
  expect(pattern: RegExp): void {
    this.expected.push(pattern);
  }

  /** The test is over: servers go away under open pages now. */
  end(): void {
    this.over = true;
  }

  unexpected(): string[] {
    return this.heard.filter((text) => !this.expected.some((pattern) => pattern.test(text)));
  }
}

interface Fixtures {
  complaints: Complaints;
  /** Starts a server of the test's own. */
  startServer: (settings?: Settings, file?: string) => Promise<Server>;
  /** Somebody without an account yet, on the shared server. */
  ada: Person;
  /** Another browser, perhaps of the same person. */
  otherBrowser: () => Promise<BrowserContext>;
}

export const test = base.extend<Fixtures, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.remove();
    },
    { scope: "worker" },
  ],
  startServer: async ({ complaints }, use) => {
    const started: Server[] = [];
    await use(async (settings, file) => {
      const server = await Server.start(settings, file);
      started.push(server);
      return server;
    });
    complaints.end();
    await Promise.all(started.map((server) => server.remove()));
  },
  complaints: [
    async ({ context }, use) => {
      const complaints = new Complaints();
      complaints.listenTo(context);
      await use(complaints);
      expect(complaints.unexpected(), "what the browser complained about").toEqual([]);
    },
    { auto: true },
  ],
  ada: async ({ server }, use) => use(new Person(server)),
  otherBrowser: async ({ browser, complaints }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext({ locale: "en-GB", timezoneId: "Europe/Rome" });
      complaints.listenTo(context);
      contexts.push(context);
      return context;
    });
    await Promise.all(contexts.map((context) => context.close()));
  },
});

export { expect };
