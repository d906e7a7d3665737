import { mkdir } from "node:fs/promises";
import type { Page } from "@playwright/test";
import axe from "axe-core";
import { pictures } from "../support/places.ts";
import type { Person } from "../support/person.ts";
import { add, checkbox, edit, moveToTrash, open } from "../support/task-page.ts";
import { expect, test } from "../support/test.ts";

const LOOKS = [
  { name: "light", colorScheme: "light", width: 1280, height: 860 },
  { name: "dark", colorScheme: "dark", width: 1280, height: 860 },
  { name: "narrow", colorScheme: "light", width: 320, height: 640 },
  { name: "narrow-dark", colorScheme: "dark", width: 390, height: 780 },
] as const;

for (const { name, colorScheme, width, height } of LOOKS) {
  test(`no barrier is found: ${name}`, async ({ page, ada, complaints }) => {
    complaints.expect(/status of 401/);
    // A look takes seconds on a busy machine, and there are many.
    test.slow();
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height });
    const look = (what: string) => lookAt(page, `${name}-${what}`, width);

    await page.goto(ada.server.url);
    await look("sign-in");
    await ada.enter(page, "Sign in");
    await expect(page.getByRole("alert")).not.toBeEmpty();
    await look("sign-in-refused");

    await ada.register();
    await ada.signIn(page);
    await expect(page.getByText("Nothing to do")).toBeVisible();
    await look("empty");
    await fill(ada);
    await expect(page.getByRole("checkbox")).toHaveCount(7);
    await look("tasks");
    const dialog = await edit(page, "Send the quarterly report");
    await look("dialog");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await look("mistake");
    await moveToTrash(page, "Water the plants");
    await look("toast");
    await page.getByRole("searchbox").fill("nothing like this");
    await look("nothing-found");
    await page.getByRole("button", { name: "Show all" }).click();
    await checkbox(page, "Call the bank").click();
    await open(page, "Completed");
    await look("completed");
    await open(page, "Trash");
    await look("trash");
    await page.getByRole("button", { name: "Empty trash" }).click();
    await look("question");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: /^Account: / }).click();
    await expect(page.getByText("This browser", { exact: true })).toBeVisible();
    await look("account");
    await page.getByRole("button", { name: "Delete your account…" }).click();
    await look("account-deletion");
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
    await page.getByRole("heading", { level: 1 }).focus();
    await page.keyboard.press("?");
    await look("shortcuts");
  });
}

test("what waits to be sent is told apart without colour alone", async ({ page, ada, context, complaints }) => {
  complaints.expect(/ERR_INTERNET_DISCONNECTED/);
  await ada.signUp(page);
  await context.setOffline(true);
  await expect(page.getByText("Offline")).toBeVisible();
  await add(page, "Written on the train");
  await expect(page.getByRole("listitem").filter({ hasText: "Written on the train" })).toContainText("Not sent yet");
  await lookAt(page, "light-offline", 1280);
});

test("whatever can be used in the documentation has a name", async ({ page, ada }) => {
  await page.goto(`${ada.server.url}/docs`);
  await expect(page.locator("#operations-Tasks-list_tasks")).toBeVisible();
  await page.evaluate(axe.source);
  // What else axe-core finds, contrast above all, is Swagger UI's own, and so is the choice of servers.
  const rules = ["button-name", "label", "link-name", "select-name"];
  const look = `axe.run({ exclude: ["#servers"] }, { runOnly: ${JSON.stringify(rules)} })`;
  const { violations, passes } = (await page.evaluate(look)) as axe.AxeResults;
  expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).toEqual([]);
  expect(passes.map(({ id }) => id)).toContain("button-name");
});

/** Keeps a picture, and lets axe-core look for what shuts people out. */
async function lookAt(page: Page, picture: string, width: number): Promise<void> {
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: `${pictures}/${picture}.png` });
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate("axe.run()")) as axe.AxeResults;
  const barriers = violations.map(({ id, impact, nodes }) => `${impact}: ${id}: ${nodes.map(({ html }) => html)}`);
  expect(barriers, picture).toEqual([]);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide, `${picture} scrolls sideways`).toBeLessThanOrEqual(width);
}

async function fill(person: Person): Promise<void> {
  const day = (offset: number) => {
    const date = new Date(Date.now() + offset * 86_400_000);
    return new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Rome" }).format(date);
  };
  const drafts = [
    { title: "Call the bank", description: "About the mortgage: ask for the fixed rate", priority: "low", tags: ["home"] },
    { title: "Book the train to Zürich", priority: "medium", tags: ["travel"], due: { date: day(12) } },
    { title: "Renew the passport", priority: "urgent", tags: ["travel"], due: { date: day(-2) } },
    { title: "Send the quarterly report", description: "With the new chart on page 3", priority: "high", tags: ["work"], due: { date: day(0), time: "23:30" } },
    { title: "Water the plants", tags: ["home"], due: { date: day(0) } },
    { title: "Stand-up with New York", tags: ["work"], due: { date: day(1), time: "09:30", timezone: "America/New_York" } },
    { title: "Read “Notes on the Analytical Engine”", tags: ["someday"] },
  ];
  for (const draft of drafts) await person.create(draft);
}
