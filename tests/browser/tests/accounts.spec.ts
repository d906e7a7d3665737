import { BetterAuth } from "../support/better-auth.ts";
import { freePort } from "../support/free-port.ts";
import { Person } from "../support/person.ts";
import { add, checkbox } from "../support/task-page.ts";
import { expect, test } from "../support/test.ts";

test("somebody signs up, is told what is wrong at the field, and is then in", async ({ page, ada, complaints }) => {
  complaints.expect(/status of 422/);
  await page.goto(ada.server.url);
  await expect(page).toHaveTitle("Sign in · Tasklane");
  await page.getByRole("button", { name: "Create an account" }).click();
  await page.getByLabel("Email").fill("not an address");
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Sign up" }).click();
  const email = page.getByLabel("Email");
  await expect(email).toHaveAttribute("aria-invalid", "true");
  await expect(email).toBeFocused();
  await expect(email).toHaveAccessibleDescription(/^Email .+\.$/);
  await expect(page.getByLabel("Password", { exact: true })).toHaveAccessibleDescription("Password must be at least 8 characters.");

  await ada.enter(page, "Sign up");
  await expect(page).toHaveTitle("Tasks · Tasklane");
  await expect(page.getByText("Nothing to do")).toBeVisible();
  await expect(page.getByText("Up to date")).toBeVisible();
});

test("a taken email and a wrong password are said in words", async ({ page, ada, complaints }) => {
  complaints.expect(/status of (401|409)/);
  await ada.register();
  await page.goto(ada.server.url);
  await page.getByLabel("Email").fill(ada.email);
  await page.getByLabel("Password", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toHaveText("Email or password is wrong.");
  await page.getByRole("button", { name: "Create an account" }).click();
  await ada.enter(page, "Sign up");
  await expect(page.getByRole("alert")).toHaveText(/There is already an account with this email/);
});

test("signing out leaves nothing behind and asks before changes are lost", async ({ page, ada, context, complaints }) => {
  complaints.expect(/ERR_INTERNET_DISCONNECTED/);
  await ada.signUp(page);
  await ada.create({ title: "From elsewhere" });
  await expect(page.getByText("From elsewhere")).toBeVisible();
  await context.setOffline(true);
  await page.getByLabel("New task").fill("Never sent");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Sign out" }).click();
  const question = page.getByRole("alertdialog", { name: "Sign out and lose changes?" });
  await expect(question).toContainText("1 change has not reached the server yet");
  await question.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Never sent")).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText("Up to date")).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  const left = await page.evaluate(async () => (await indexedDB.databases()).map((database) => database.name));
  expect(left).toEqual([]);

  await ada.signIn(page);
  await expect(page.getByRole("checkbox")).toHaveCount(2);
});

test("the page that the server brings signs people in at a Better Auth service on another origin", async ({ page, startServer, complaints }) => {
  test.slow();
  complaints.expect(/'?http:\/\/127\.0\.0\.1:1\/'?.+Content Security Policy/);
  const port = await freePort();
  // The service's cookie is of the site localhost, whatever the port.
  const url = `http://localhost:${port}`;
  const service = await BetterAuth.start(url);
  try {
    const server = await startServer({ "server.address": `127.0.0.1:${port}` }, await service.tasklaneSettings());
    const ada = new Person(server);
    await page.goto(url);
    await page.getByRole("button", { name: "Create an account" }).click();
    await page.getByLabel("Name").fill("Ada");
    await ada.enter(page, "Sign up");
    await add(page, "Signed in elsewhere");
    await expect(page.getByText("Up to date")).toBeVisible();
    await expect(page.getByText("Not sent yet")).toHaveCount(0);
    await page.reload();
    await expect(checkbox(page, "Signed in elsewhere")).toBeVisible();
    await page.getByRole("button", { name: "Sign out" }).click();
    await ada.enter(page, "Sign in");
    await expect(checkbox(page, "Signed in elsewhere")).toBeVisible();
    const blocked = page.evaluate((address) => fetch(address, { mode: "no-cors" }), "http://127.0.0.1:1/");
    await expect(blocked).rejects.toThrow("Failed to fetch");
  } finally {
    service.stop();
  }
});
