import { Person } from "../support/person.ts";
import { add, checkbox } from "../support/task-page.ts";
import { expect, test } from "../support/test.ts";

test("a session that has ended is said, and what was not sent survives it", async ({ page, startServer, complaints }) => {
  complaints.expect(/status of 401|ERR_INTERNET_DISCONNECTED/);
  const server = await startServer({ "auth.access_ttl": "1s" });
  const ada = new Person(server);
  await ada.signUp(page);
  await add(page, "Before");
  await expect(checkbox(page, "Before")).toBeVisible();
  await page.waitForResponse((response) => response.url().endsWith("/api/auth/refresh") && response.ok());
  await add(page, "With a token that was refreshed");
  await expect.poll(() => ada.tasks()).toHaveLength(2);
  await expect(page.getByText("Up to date")).toBeVisible();

  await page.context().setOffline(true);
  await add(page, "Not sent yet");
  await expect(page.getByText("Offline, 1 change kept")).toBeVisible();
  await ada.endAllSessions();
  await page.context().setOffline(false);
  await expect(page.getByText("Your session has ended.")).toBeVisible();
  await ada.enter(page, "Sign in");
  await expect(page.getByText("Up to date")).toBeVisible();
  await expect(checkbox(page, "Not sent yet")).toBeVisible();
  await expect.poll(() => ada.tasks()).toHaveLength(3);
});

test("too many sign-ins are refused in words that say how long to wait", async ({ page, startServer, complaints }) => {
  complaints.expect(/status of (401|429)/);
  const server = await startServer({ "rate_limit.auth.quota": "2", "rate_limit.auth.window": "1m" });
  await page.goto(server.url);
  const nobody = new Person(server);
  const words = page.getByRole("alert");
  for (const said of [/password is wrong/, /password is wrong/, /^Too many requests\. Please wait \d+ seconds?\.$/]) {
    await nobody.enter(page, "Sign in");
    await expect(words).toHaveText(said);
  }
});

test("too many changes wait, are counted, and get there in the end", async ({ page, startServer, complaints }) => {
  complaints.expect(/status of 429/);
  test.setTimeout(180_000);
  // Fewer requests than a slow machine, too, makes while it adds tasks.
  const server = await startServer({ "rate_limit.api.quota": "6", "rate_limit.api.window": "9s" });
  const ada = new Person(server);
  await ada.signUp(page);
  const titles = Array.from({ length: 12 }, (_, number) => `Task ${number + 1}`);
  for (const title of titles) await add(page, title);
  await expect(page.getByText(/Too many requests\. Please wait \d+ seconds?\./)).toBeVisible();
  await expect(page.getByRole("checkbox")).toHaveCount(12);
  await expect(page.getByText("Up to date")).toBeVisible({ timeout: 120_000 });
  await expect(page.getByText("Not sent yet")).toHaveCount(0);
});

test("a server that is killed and started again in the middle costs nothing", async ({ page, startServer, complaints }) => {
  complaints.expect(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/);
  const server = await startServer();
  const ada = new Person(server);
  await ada.signUp(page);
  for (const title of ["One", "Two"]) await add(page, title);
  await expect.poll(() => ada.tasks()).toHaveLength(2);
  await server.kill();
  await add(page, "Three");
  await checkbox(page, "One").click();
  await expect(page.getByText("Offline, 2 changes kept")).toBeVisible();
  await server.begin();
  await expect(page.getByText("Up to date")).toBeVisible({ timeout: 30_000 });
  const tasks = await ada.tasks("?sort=title");
  expect(tasks.map(({ title, completed }) => [title, completed])).toEqual([
    ["One", true],
    ["Three", false],
    ["Two", false],
  ]);
  await ada.create({ title: "The stream is back" });
  await expect(checkbox(page, "The stream is back")).toBeVisible();
});
