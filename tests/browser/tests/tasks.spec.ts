import { add, checkbox, edit, moveToTrash, open, row } from "../support/task-page.ts";
import { expect, test } from "../support/test.ts";

test("a task from its first word to its last", async ({ page, ada }) => {
  await ada.signUp(page);
  await add(page, "Buy milk");
  await expect(checkbox(page, "Buy milk")).toBeVisible();
  await expect(page.getByText("Up to date")).toBeVisible();

  const dialog = await edit(page, "Buy milk");
  await dialog.getByLabel("Title").fill("Buy oat milk");
  await dialog.getByLabel("Description").fill("Two litres.\nThe blue one.");
  await dialog.getByRole("radio", { name: "High" }).check();
  await dialog.getByLabel("Due date").fill("2030-03-31");
  await dialog.getByLabel("Time", { exact: true }).fill("09:30");
  await dialog.getByLabel("Time zone").selectOption("America/New_York");
  await dialog.getByLabel("Tags").fill("home, Errands");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("button", { name: "Buy oat milk", exact: true })).toBeFocused();
  // Half past nine in New York is half past three in Rome.
  await expect(row(page, "Buy oat milk")).toContainText("15:30");
  const saved = await ada.task("Buy oat milk");
  expect(saved).toMatchObject({
    description: "Two litres.\nThe blue one.",
    priority: "high",
    due: { date: "2030-03-31", time: "09:30", timezone: "America/New_York" },
    tags: ["home", "Errands"],
  });

  await checkbox(page, "Buy oat milk").click();
  await expect(page.getByText("Completed “Buy oat milk”")).toBeVisible();
  await expect(checkbox(page, "Buy oat milk")).toBeHidden();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(checkbox(page, "Buy oat milk")).not.toBeChecked();
  await checkbox(page, "Buy oat milk").click();
  await open(page, "Completed");
  await expect(checkbox(page, "Buy oat milk")).toBeChecked();
  await expect.poll(async () => (await ada.task("Buy oat milk")).completed).toBe(true);

  await moveToTrash(page, "Buy oat milk");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(checkbox(page, "Buy oat milk")).toBeChecked();
  await moveToTrash(page, "Buy oat milk");
  await open(page, "Trash");
  await page.getByRole("button", { name: "Restore: Buy oat milk" }).click();
  await expect(page.getByText("The trash is empty")).toBeVisible();
  await expect.poll(() => ada.tasks()).toHaveLength(1);

  await open(page, "Completed");
  await moveToTrash(page, "Buy oat milk");
  await open(page, "Trash");
  await page.getByRole("button", { name: "Delete permanently: Buy oat milk" }).click();
  const question = page.getByRole("alertdialog", { name: "Delete permanently?" });
  await question.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("The trash is empty")).toBeVisible();
  await expect.poll(() => ada.tasks("?deleted=true")).toEqual([]);
});

test("what the server refuses is said at its field, and nothing typed is lost", async ({ page, ada, complaints }) => {
  complaints.expect(/status of 422/);
  await ada.signUp(page);
  await page.getByRole("button", { name: "Add with details" }).click();
  const dialog = page.getByRole("dialog", { name: "New task" });
  const title = dialog.getByLabel("Title");
  await expect(title).toBeFocused();
  await title.fill("x".repeat(201));
  await dialog.getByLabel("Tags").fill(`fine, ${"y".repeat(51)}`);
  await dialog.getByRole("button", { name: "Add task" }).click();
  await expect(title).toHaveAccessibleDescription("Title must be at most 200 characters.");
  await expect(title).toBeFocused();
  await expect(dialog.getByLabel("Tags")).toHaveAccessibleDescription("Tag 2 must be at most 50 characters.");
  await title.fill("Short enough");
  await dialog.getByLabel("Tags").fill("fine");
  await dialog.getByRole("button", { name: "Add task" }).click();
  await expect(dialog).toBeHidden();
  expect((await ada.task("Short enough")).tags).toEqual(["fine"]);
  await expect(page.getByRole("checkbox")).toHaveCount(1);

  await add(page, "z".repeat(201));
  const refused = row(page, "zzz");
  await expect(refused).toContainText("Not saved: Title must be at most 200 characters.");
  await refused.getByRole("button", { name: "Change it" }).click();
  await page.getByRole("dialog").getByLabel("Title").fill("Shorter now");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(checkbox(page, "Shorter now")).toBeVisible();
  await expect(page.getByText("Not saved")).toBeHidden();
  await ada.task("Shorter now");
});

test("tasks are found by words, priority and tag, and put in order", async ({ page, ada }) => {
  await ada.register();
  const today = new Date();
  const day = (offset: number) => new Date(today.getTime() + offset * 86_400_000).toISOString().slice(0, 10);
  await ada.create({ title: "Répondre à Zoé", tags: ["mail"], priority: "urgent", due: { date: day(-3) } });
  await ada.create({ title: "Water the plants", tags: ["home"], due: { date: day(20) } });
  await ada.create({ title: "Call the bank", description: "about the mortgage", priority: "low" });
  await ada.signIn(page);
  await expect(page.getByRole("checkbox")).toHaveCount(3);
  await expect(page.getByRole("heading", { level: 2 })).toHaveText(["Overdue", "Later", "No date"]);

  const search = page.getByRole("searchbox", { name: "Search" });
  await search.fill("zoe repondre");
  await expect(page.getByRole("checkbox")).toHaveCount(1);
  await search.fill("MORTGAGE");
  await expect(checkbox(page, "Call the bank")).toBeVisible();
  await search.fill("nowhere");
  await expect(page.getByText("No matching tasks")).toBeVisible();
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(page.getByRole("checkbox")).toHaveCount(3);

  await page.getByLabel("Priority", { exact: true }).selectOption("Urgent");
  await expect(page.getByRole("checkbox")).toHaveCount(1);
  await page.getByLabel("Priority", { exact: true }).selectOption("Any priority");
  await page.getByRole("button", { name: "#home" }).click();
  await expect(page.getByLabel("Tag", { exact: true })).toHaveValue("home");
  await expect(checkbox(page, "Water the plants")).toBeVisible();
  await expect(page.getByRole("checkbox")).toHaveCount(1);
  await page.getByLabel("Tag", { exact: true }).selectOption("Any tag");
  await page.getByLabel("Sort by").selectOption("Title");
  const titles = page.getByRole("checkbox").evaluateAll((boxes) => boxes.map((box) => box.getAttribute("aria-label")));
  expect(await titles).toEqual(["Completed: Call the bank", "Completed: Répondre à Zoé", "Completed: Water the plants"]);

  await open(page, "Today");
  await expect(page.getByRole("checkbox")).toHaveCount(1);
});

test("everything can be done with the keyboard, and the focus is never lost", async ({ page, ada }) => {
  await ada.signUp(page);
  await page.getByLabel("New task").focus();
  for (const title of ["One", "Two", "Three"]) {
    await page.keyboard.type(title);
    await page.keyboard.press("Enter");
    await expect(checkbox(page, title)).toBeVisible();
  }
  await page.getByLabel("Sort by").selectOption("Title");
  await checkbox(page, "One").focus();
  await page.keyboard.press("Space");
  await expect(checkbox(page, "Three")).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Edit task" });
  await expect(dialog.getByLabel("Title")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("button", { name: "Three", exact: true })).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(checkbox(page, "Three")).toBeHidden();
  await expect(page.getByRole("button", { name: "Move to the trash: Two" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
});
