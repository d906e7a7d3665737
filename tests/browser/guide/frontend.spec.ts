import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { blocks, commandsOf, filesOf } from "../support/guide.ts";
import { Newcomer } from "../support/newcomer.ts";
import { guideLock, pictures } from "../support/places.ts";
import { expect, test } from "../support/test.ts";

test.describe.configure({ mode: "serial" });

let newcomer: Newcomer;
test.afterAll(async () => {
  test.setTimeout(180_000);
  await newcomer?.leave();
});

test("every file is put in its place, and every command does what the guide says", async () => {
  // A minute or so, unless the machine is busy compiling.
  test.setTimeout(900_000);
  const all = await blocks();
  const untested = all.filter(({ file, language }) => file === null && !["sh", "text", ""].includes(language));
  expect(untested, "blocks that are neither a file nor a command").toEqual([]);
  const files = filesOf(all);
  newcomer = await Newcomer.withFiles(files);
  for (const { text, prints } of commandsOf(all)) {
    await test.step(text, async () => {
      let printed = "";
      for (const line of text.replaceAll("\\\n", "").split("\n")) {
        printed += await newcomer.run(line, files.get("tasklane.toml")!);
      }
      if (prints !== null) expect(printed, text).toBe(newcomer.here(prints));
      if (text === "npm install") await expectTheSamePackages();
    });
  }
  expect(await readFile(join(newcomer.folder, "tasklane.d.ts"), "utf8")).toContain("list_tasks");
  expect(await readFile(join(newcomer.folder, "tasklane-client/pyproject.toml"), "utf8")).toContain("tasklane-client");
});

test("somebody signs up, adds a task, ticks it off, and finds it after coming back", async ({ page, complaints }) => {
  complaints.expect(/status of 401/);
  const email = await signUp(page);
  await add(page, "Buy milk", "2026-12-24");
  const task = page.getByRole("listitem").filter({ hasText: "Buy milk" });
  await expect(task).toContainText("by 2026-12-24");
  await page.getByRole("checkbox", { name: "Buy milk" }).click();
  await page.reload();
  await expect(page.getByRole("checkbox", { name: "Buy milk" })).toBeChecked();
  await page.screenshot({ path: `${pictures}/guide.png` });
  await page.getByRole("button", { name: "Sign out" }).click();
  await enter(page, email, "not the password", "Sign in");
  await expect(page.getByRole("alert").first()).toHaveText(/invalid email or password/i);
  await enter(page, email, PASSWORD, "Sign in");
  await expect(page.getByRole("checkbox", { name: "Buy milk" })).toBeChecked();
});

test("a refused task is explained at its fields, and is added once it is right", async ({ page, complaints }) => {
  complaints.expect(/status of 422/);
  await signUp(page);
  await add(page, "", "tomorrow");
  await expect(page.getByLabel("Title").locator("..").locator("..")).toContainText("must be at least 1 character");
  await expect(page.getByLabel("Due").locator("..").locator("..")).toContainText("YYYY-MM-DD");
  await add(page, "Buy milk", "");
  await expect(page.getByRole("checkbox", { name: "Buy milk" })).toBeVisible();
  await expect(page.locator("strong[role=alert]")).toHaveCount(0);
});

test("two tabs show the same, as it happens", async ({ page, context }) => {
  await signUp(page);
  const second = await context.newPage();
  await second.goto(newcomer.url);
  await add(page, "Buy milk", "");
  await second.getByRole("checkbox", { name: "Buy milk" }).click();
  await expect(page.getByRole("checkbox", { name: "Buy milk" })).toBeChecked();
});

const PASSWORD = "correct horse battery";

async function signUp(page: Page): Promise<string> {
  const email = `${crypto.randomUUID()}@example.com`;
  await page.goto(newcomer.url);
  await enter(page, email, PASSWORD, "Sign up");
  await expect(page.getByLabel("Title")).toBeVisible();
  return email;
}

async function enter(page: Page, email: string, password: string, button: string): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: button }).click();
}

async function add(page: Page, title: string, date: string): Promise<void> {
  await page.getByLabel("Title").fill(title);
  await page.getByLabel("Due").fill(date);
  await page.getByRole("button", { name: "Add" }).click();
}

/** A lock that says something else than the guide's `package.json` would lock nothing. */
async function expectTheSamePackages(): Promise<void> {
  const advice = "`npm install` beside the guide's package.json updates tests/browser/guide/package-lock.json";
  expect(JSON.parse(await readFile(join(newcomer.folder, "package-lock.json"), "utf8")), advice).toEqual(
    JSON.parse(await readFile(guideLock, "utf8")),
  );
}
