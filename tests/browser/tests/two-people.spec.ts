import type { BrowserContext, Page } from "@playwright/test";
import { BetterAuth } from "../support/better-auth.ts";
import { evaluate, openTab } from "../support/client-page.ts";
import { freePort } from "../support/free-port.ts";
import { Person } from "../support/person.ts";
import type { Server } from "../support/server.ts";
import { add, checkbox } from "../support/task-page.ts";
import { expect, test } from "../support/test.ts";

const replaced = (page: Page) => page.getByRole("heading", { name: "Somebody else has signed in" });

test("a tab says that somebody else has signed in, and shows them nothing of the person before", async ({ page, ada, server, context }) => {
  const bob = new Person(server);
  await bob.register();
  await ada.signUp(page);
  await add(page, "Ada's secret");
  await expect.poll(() => ada.tasks()).toHaveLength(1);
  const second = await context.newPage();
  await second.goto(server.url);
  await expect(checkbox(second, "Ada's secret")).toBeVisible();
  await second.getByRole("button", { name: "Sign out" }).click();
  await bob.enter(second, "Sign in");
  await expect(replaced(page)).toBeVisible();
  await expect(page.getByText("Ada's secret")).toBeHidden();
  await add(second, "Bob's");
  await expect.poll(() => bob.tasks()).toMatchObject([{ title: "Bob's" }]);

  await page.getByRole("button", { name: "Continue" }).click();
  await expect(checkbox(page, "Bob's")).toBeVisible();
  await expect(page.getByText("Ada's secret")).toBeHidden();
});

test("what was not sent when somebody else signed in is never sent as theirs", async ({ page, ada, server, context, complaints }) => {
  complaints.expect(/ERR_FAILED/);
  const bob = new Person(server);
  await bob.register();
  await ada.signUp(page);
  await page.route("**/api/tasks**", (route) => route.abort());
  await add(page, "Ada's secret");
  await expect(page.getByText("Offline, 1 change kept")).toBeVisible();
  const other = await openTab(context, server);
  const { email, password } = bob;
  await evaluate(other, `session.login(${JSON.stringify({ email, password })})`);
  await expect(replaced(page)).toBeVisible();
  await page.unroute("**/api/tasks**");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByText("Nothing to do")).toBeVisible();
  await expect(page.getByText("Up to date")).toBeVisible();
  expect(await bob.tasks()).toEqual([]);
  expect(await ada.tasks()).toEqual([]);

  await page.getByRole("button", { name: "Sign out" }).click();
  await ada.enter(page, "Sign in");
  await expect(checkbox(page, "Ada's secret")).toBeVisible();
  await expect.poll(() => ada.tasks()).toMatchObject([{ title: "Ada's secret" }]);
  expect(await bob.tasks()).toEqual([]);
});

test.describe("with Better Auth on another origin", () => {
  let service: BetterAuth;
  let server: Server;
  let url: string;
  test.beforeEach(async ({ startServer }) => {
    const port = await freePort();
    url = `http://localhost:${port}`;
    service = await BetterAuth.start(url);
    server = await startServer({ "server.address": `127.0.0.1:${port}` }, await service.tasklaneSettings());
  });
  test.afterEach(() => service.stop());

  test("a tab stops when somebody else has signed in in another", async ({ page, context }) => {
    test.slow();
    const [ada, bob] = [new Person(server), new Person(server)];
    await signUp(page, url, ada);
    await add(page, "Ada's secret");
    await expect(page.getByText("Not sent yet")).toHaveCount(0);
    const second = await context.newPage();
    await second.goto(url);
    await expect(checkbox(second, "Ada's secret")).toBeVisible();
    await second.getByRole("button", { name: "Sign out" }).click();
    await signUp(second, url, bob);
    await expect(replaced(page)).toBeVisible();
    await add(second, "Bob's");
    await expect.poll(() => titlesAt(second)).toEqual(["Bob's"]);
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(checkbox(page, "Bob's")).toBeVisible();
    await expect(page.getByText("Ada's secret")).toBeHidden();
  });

  test("a tab stops when the service's cookie has become somebody else's behind its back", async ({ page, context }) => {
    test.slow();
    const [ada, bob] = [new Person(server), new Person(server)];
    await signUp(page, url, ada);
    await add(page, "Ada's");
    await expect(page.getByText("Not sent yet")).toHaveCount(0);
    await expect(page.getByText("Up to date")).toBeVisible();
    await signUpElsewhere(context, bob);
    // The page still remembers Ada, and fetches its first token.
    await page.reload();
    await expect(replaced(page)).toBeVisible();
    expect(await titlesAt(page)).toEqual([]);
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page.getByText("Nothing to do")).toBeVisible();
    await add(page, "Bob's");
    await expect.poll(() => titlesAt(page)).toEqual(["Bob's"]);
  });

  /** Another app of the same service signs somebody up. */
  async function signUpElsewhere(context: BrowserContext, { email, password }: Person): Promise<void> {
    const data = { email, password, name: "Bob" };
    const answer = await context.request.post(`${service.url}/api/auth/sign-up/email`, { data, headers: { Origin: url } });
    expect(answer.status()).toBe(200);
  }

  /** The titles of the tasks of the person whose cookie the service sees. */
  async function titlesAt(page: Page): Promise<string[]> {
    return page.evaluate(async (api) => {
      const { token } = await (await fetch(`${api}/token`, { credentials: "include" })).json();
      const { items } = await (await fetch("/api/tasks", { headers: { Authorization: `Bearer ${token}` } })).json();
      return items.map(({ title }: { title: string }) => title);
    }, `${service.url}/api/auth`);
  }
});

async function signUp(page: Page, url: string, person: Person): Promise<void> {
  await page.goto(url);
  await page.getByRole("button", { name: "Create an account" }).click();
  await person.enter(page, "Sign up");
  await expect(page.getByText("Up to date")).toBeVisible();
}
