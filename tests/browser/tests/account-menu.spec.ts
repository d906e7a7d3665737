import { readFile } from "node:fs/promises";
import type { Locator, Page } from "@playwright/test";
import { BetterAuth } from "../support/better-auth.ts";
import { freePort } from "../support/free-port.ts";
import { Person } from "../support/person.ts";
import { add, checkbox } from "../support/task-page.ts";
import { expect, test } from "../support/test.ts";

async function openAccount(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: /^Account: / }).click();
  return page.getByRole("dialog", { name: "Account" });
}

test("a password is shown while it is typed where asked for", async ({ page, ada }) => {
  await page.goto(ada.server.url);
  const password = page.getByLabel("Password", { exact: true });
  await password.fill("correct horse");
  await expect(password).toHaveAttribute("type", "password");
  await page.getByRole("button", { name: "Show password" }).click();
  await expect(password).toHaveAttribute("type", "text");
  await expect(password).toHaveValue("correct horse");
});

test("the name is changed, here and in another tab", async ({ page, ada, context, complaints }) => {
  complaints.expect(/status of 422/);
  await ada.signUp(page);
  const second = await context.newPage();
  await second.goto(ada.server.url);
  const dialog = await openAccount(page);
  await expect(dialog).toContainText(ada.email);
  const name = dialog.getByLabel("Name");
  await expect(name).toHaveValue("Ada Lovelace");
  await name.fill("x".repeat(500));
  await dialog.getByRole("button", { name: "Save name" }).click();
  await expect(name).toHaveAttribute("aria-invalid", "true");
  await name.fill("Countess Ada");
  await dialog.getByRole("button", { name: "Save name" }).click();
  await expect(page.getByText("Name saved")).toBeVisible();
  await dialog.getByRole("button", { name: "Close" }).click();
  for (const tab of [page, second]) await expect(tab.getByRole("button", { name: "Account: Countess Ada" })).toBeVisible();
});

test("the password is changed, other sessions are seen and ended", async ({ page, ada, otherBrowser, complaints }) => {
  complaints.expect(/status of (401|422)/);
  await ada.signUp(page);
  const other = await (await otherBrowser()).newPage();
  await ada.signIn(other);
  const dialog = await openAccount(page);
  await expect(dialog.getByText("This browser")).toHaveCount(1);
  await expect(dialog.getByText("Last used today")).toHaveCount(1);
  await dialog.getByRole("button", { name: "Sign out everywhere else" }).click();
  await expect(dialog.getByText("Last used today")).toHaveCount(0);

  const [current, next] = [dialog.getByLabel("Current password"), dialog.getByLabel("New password")];
  await current.fill("not the password");
  await next.fill("a better one");
  await dialog.getByRole("button", { name: "Change password" }).click();
  await expect(current).toHaveAccessibleDescription("This is not your password.");
  await current.fill(ada.password);
  await next.fill("another horse battery");
  await dialog.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Password changed.")).toBeVisible();
  await expect(current).toHaveValue("");
  await dialog.getByRole("button", { name: "Close" }).click();
  await add(page, "Still signed in");
  await expect(page.getByText("Up to date")).toBeVisible();
});

test("everything is downloaded, and the account is deleted with its password only", async ({ page, ada, complaints }) => {
  complaints.expect(/status of (401|422)/);
  await ada.signUp(page);
  await add(page, "In the export");
  await ada.task("In the export");
  const dialog = await openAccount(page);
  const downloading = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Download your data" }).click();
  const file = await readFile(await (await downloading).path(), "utf8");
  expect(JSON.parse(file).tasks).toMatchObject([{ title: "In the export" }]);

  await dialog.getByRole("button", { name: "Delete your account…" }).click();
  const password = dialog.getByLabel("Your password");
  await password.fill("not the password");
  await dialog.getByRole("button", { name: "Delete account" }).click();
  await expect(password).toHaveAccessibleDescription("This is not your password.");
  await password.fill(ada.password);
  await dialog.getByRole("button", { name: "Delete account" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await ada.enter(page, "Sign in");
  await expect(page.getByRole("alert")).toHaveText("Email or password is wrong.");
});

test("a user of Better Auth has the data here, and the rest at the service", async ({ page, startServer, complaints }) => {
  complaints.expect(/status of 401/);
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const service = await BetterAuth.start(url);
  try {
    const server = await startServer({ "server.address": `127.0.0.1:${port}` }, await service.tasklaneSettings());
    const ada = new Person(server);
    await page.goto(url);
    await page.getByRole("button", { name: "Create an account" }).click();
    await ada.enter(page, "Sign up");
    await add(page, "Mine");
    await expect(checkbox(page, "Mine")).toBeVisible();
    await expect(page.getByText("Up to date")).toBeVisible();
    const dialog = await openAccount(page);
    await expect(dialog.getByRole("button", { name: "Download your data" })).toBeVisible();
    await expect(dialog.getByLabel(/password|name/i)).toHaveCount(0);
    await dialog.getByRole("button", { name: "Delete your account…" }).click();
    await dialog.getByRole("button", { name: "Delete account" }).click();
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  } finally {
    service.stop();
  }
});
