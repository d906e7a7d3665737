import { add, checkbox, edit, moveToTrash, open, row } from "../support/task-page.ts";
import { expect, test } from "../support/test.ts";

test("a task that the search hides is said to be added, and can be shown", async ({ page, ada }) => {
  await ada.signUp(page);
  await add(page, "Buy milk");
  await page.getByRole("searchbox").fill("milk");
  await add(page, "Call the bank");
  const words = page.getByText("Added “Call the bank”, hidden by the search or filter.");
  await expect(words).toBeVisible();
  await expect(checkbox(page, "Call the bank")).toBeHidden();
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(checkbox(page, "Call the bank")).toBeVisible();
  await add(page, "Seen at once");
  await expect(checkbox(page, "Seen at once")).toBeVisible();
  await expect(page.getByText("hidden by the search")).toBeHidden();
});

test("a search says where else it has found tasks", async ({ page, ada }) => {
  await ada.register();
  await ada.create({ title: "Buy milk", completed: true });
  await ada.create({ title: "Buy oat milk", completed: true });
  await ada.create({ title: "Drink milk" });
  await ada.signIn(page);
  await moveToTrash(page, "Drink milk");
  await page.getByRole("searchbox").fill("milk");
  await expect(page.getByText("No matching tasks")).toBeVisible();
  await expect(page.getByText("Also found: 2 in Completed, 1 in Trash")).toBeVisible();
  await page.getByRole("link", { name: "2 in Completed" }).click();
  await expect(page.getByRole("checkbox")).toHaveCount(2);
  await page.getByRole("button", { name: "Buy milk", exact: true });
  await page.getByRole("searchbox").fill("");
  await expect(page.getByText("Also found")).toBeHidden();
});

test("typed text is not thrown away without a question", async ({ page, ada }) => {
  await ada.signUp(page);
  await add(page, "Buy milk");
  const dialog = await edit(page, "Buy milk");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();

  await edit(page, "Buy milk");
  await dialog.getByLabel("Description").fill("Two litres");
  const question = page.getByRole("alertdialog", { name: "Discard your changes?" });
  for (const _ of [1, 2]) {
    await dialog.getByLabel("Description").press("Escape");
    await expect(question).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(question).toBeHidden();
    await expect(dialog.getByLabel("Description")).toHaveValue("Two litres");
  }
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await question.getByRole("button", { name: "Keep editing" }).click();
  await dialog.getByLabel("Description").press("Control+Enter");
  await expect(dialog).toBeHidden();
  expect((await ada.task("Buy milk")).description).toBe("Two litres");

  await edit(page, "Buy milk");
  await dialog.getByLabel("Title").fill("Something else");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await question.getByRole("button", { name: "Discard" }).click();
  await expect(dialog).toBeHidden();
  await expect(checkbox(page, "Buy milk")).toBeVisible();
});

test("two devices that change the same field are told, and either text can be had", async ({ page, ada, context, complaints }) => {
  complaints.expect(/ERR_INTERNET_DISCONNECTED|status of 412/);
  await ada.signUp(page);
  const shared = await ada.create({ title: "Title", description: "as it was" });
  await expect(checkbox(page, "Title")).toBeVisible();
  await expect(page.getByText("Up to date")).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByText("Offline")).toBeVisible();
  const dialog = await edit(page, "Title");
  await dialog.getByLabel("Title").fill("Mine");
  await dialog.getByRole("button", { name: "Save" }).click();
  await ada.call("PATCH", `/api/tasks/${shared.id}`, { title: "Theirs", description: "theirs too" });
  await context.setOffline(false);
  const notice = page.getByText("“Mine” was also changed on another device. Your title replaced theirs: “Theirs”.");
  await expect(notice).toBeVisible();
  expect(await ada.task("Mine")).toMatchObject({ description: "theirs too" });
  await page.getByRole("button", { name: "Use theirs" }).click();
  await expect(checkbox(page, "Theirs")).toBeVisible();
  expect(await ada.task("Theirs")).toMatchObject({ description: "theirs too" });
  await expect(notice).toBeHidden();
});

test("quick changes of one's own are no conflict", async ({ page, ada }) => {
  await ada.signUp(page);
  await add(page, " Spaced ");
  await checkbox(page, "Spaced").click();
  await page.getByRole("button", { name: "Undo" }).click();
  for (const title of ["One ", "Two"]) {
    const dialog = await edit(page, title === "Two" ? "One" : "Spaced");
    await dialog.getByLabel("Title").fill(title);
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(dialog).toBeHidden();
  }
  await expect(page.getByText("Up to date")).toBeVisible();
  await ada.task("Two");
  await expect(page.getByText("on another device")).toBeHidden();
});

test("the trash says when, and is emptied by a button that says so", async ({ page, ada }) => {
  await ada.register();
  await ada.create({ title: "Old" });
  await ada.create({ title: "Older" });
  await ada.signIn(page);
  await moveToTrash(page, "Old");
  await moveToTrash(page, "Older");
  await open(page, "Trash");
  await expect(row(page, "Older")).toContainText("Deleted today");
  await page.getByRole("searchbox").fill("older");
  await expect(page.getByRole("button", { name: "Delete these 1 task" })).toBeVisible();
  await page.getByRole("searchbox").fill("");
  await page.getByRole("button", { name: "Empty trash" }).click();
  const question = page.getByRole("alertdialog", { name: "Delete 2 tasks permanently?" });
  await question.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("The trash is empty")).toBeVisible();
  await expect.poll(() => ada.tasks("?deleted=true")).toEqual([]);
});

test("several pasted lines become several tasks, and one undo takes them back", async ({ page, ada, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await ada.signUp(page);
  await page.evaluate(() => navigator.clipboard.writeText("- Milk\n\n2. Bread\r\n[ ] Salt\n"));
  await page.getByLabel("New task").focus();
  await page.keyboard.press("Control+V");
  await expect(page.getByText("Added 3 tasks")).toBeVisible();
  for (const title of ["Milk", "Bread", "Salt"]) await expect(checkbox(page, title)).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("Nothing to do")).toBeVisible();
  await expect.poll(() => ada.tasks()).toEqual([]);
});

test("single keys lead to the search, a new task and the list of them, but not while somebody types", async ({ page, ada }) => {
  await ada.signUp(page);
  await page.getByRole("heading", { level: 1 }).focus();
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox")).toBeFocused();
  await page.keyboard.type("n?/");
  await expect(page.getByRole("searchbox")).toHaveValue("n?/");
  await page.getByRole("heading", { level: 1 }).focus();
  await page.keyboard.press("n");
  await expect(page.getByLabel("New task")).toBeFocused();
  await page.getByRole("heading", { level: 1 }).focus();
  await page.keyboard.press("?");
  const list = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(list).toContainText("Search");
  await page.keyboard.press("Escape");
  await expect(list).toBeHidden();
});

test("a second click does not complete the row that has moved below the pointer", async ({ page, ada }) => {
  await ada.register();
  for (const title of ["One", "Two", "Three"]) await ada.create({ title });
  await ada.signIn(page);
  await page.getByLabel("Sort by").selectOption("Title");
  // However slow the machine is, no time passes between the first two clicks.
  const now = Date.now();
  await page.clock.setFixedTime(now);
  const place = (await checkbox(page, "One").boundingBox())!;
  const click = () => page.mouse.click(place.x + place.width / 2, place.y + place.height / 2);
  await click();
  await expect(checkbox(page, "One")).toBeHidden();
  await click();
  await expect(page.getByRole("checkbox")).toHaveCount(2);
  await page.clock.setFixedTime(now + 1_000);
  await click();
  await expect(page.getByRole("checkbox")).toHaveCount(1);
});

test("a task that was refused is counted beside the sync state", async ({ page, ada, complaints }) => {
  complaints.expect(/status of 422/);
  await ada.signUp(page);
  await add(page, "z".repeat(201));
  await expect(page.getByText("1 change not saved")).toBeVisible();
  await expect(page.getByText("Up to date")).toBeHidden();
});
