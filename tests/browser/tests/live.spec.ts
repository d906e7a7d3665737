import { add, checkbox, edit, moveToTrash } from "../support/task-page.ts";
import { expect, test } from "../support/test.ts";

test("two tabs show the same at once, and the second takes over from the first", async ({ page, ada, context }) => {
  await ada.signUp(page);
  const second = await context.newPage();
  await second.goto(ada.server.url);
  await expect(second.getByText("Up to date")).toBeVisible();
  await add(page, "Seen in both");
  await expect(checkbox(second, "Seen in both")).toBeVisible();
  await checkbox(second, "Seen in both").click();
  await expect(checkbox(page, "Seen in both")).toBeHidden();
  await add(second, "From the second");
  await expect(checkbox(page, "From the second")).toBeVisible();

  await page.close();
  await ada.create({ title: "After the first has gone" });
  await expect(checkbox(second, "After the first has gone")).toBeVisible();
  await add(second, "Sent by the second");
  await expect.poll(() => ada.tasks()).toHaveLength(4);
});

test("signing out in one tab signs out in the other", async ({ page, ada, context }) => {
  await ada.signUp(page);
  const second = await context.newPage();
  await second.goto(ada.server.url);
  await expect(second.getByText("Up to date")).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  for (const tab of [page, second]) {
    await expect(tab.getByRole("heading", { name: "Sign in" })).toBeVisible();
    await expect(tab.getByText("Your session has ended")).toBeHidden();
  }
});

test("two browsers follow each other", async ({ page, ada, otherBrowser }) => {
  await ada.signUp(page);
  const other = await (await otherBrowser()).newPage();
  await ada.signIn(other);
  await add(page, "Buy milk");
  await expect(checkbox(other, "Buy milk")).toBeVisible();
  const dialog = await edit(other, "Buy milk");
  await dialog.getByLabel("Title").fill("Buy bread");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(checkbox(page, "Buy bread")).toBeVisible();
  await expect(checkbox(page, "Buy milk")).toBeHidden();
  await moveToTrash(page, "Buy bread");
  await expect(other.getByText("Nothing to do")).toBeVisible();
});
