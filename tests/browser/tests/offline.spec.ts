import { Person } from "../support/person.ts";
import { add, checkbox, edit, moveToTrash } from "../support/task-page.ts";
import { expect, test } from "../support/test.ts";

test("what is done offline is kept, merged with what others did, and sent once", async ({ page, ada, context, complaints }) => {
  complaints.expect(/ERR_INTERNET_DISCONNECTED|status of (404|412)/);
  await ada.signUp(page);
  const shared = await ada.create({ title: "Shared", description: "as it was" });
  const gone = await ada.create({ title: "Goes elsewhere" });
  await expect(checkbox(page, "Goes elsewhere")).toBeVisible();

  await context.setOffline(true);
  await expect(page.getByText("Offline")).toBeVisible();
  await add(page, "Made offline");
  await expect(checkbox(page, "Made offline")).toBeVisible();
  await expect(page.getByText("Offline, 1 change kept")).toBeVisible();
  const dialog = await edit(page, "Shared");
  await dialog.getByLabel("Title").fill("Shared, renamed offline");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await checkbox(page, "Goes elsewhere").click();
  await moveToTrash(page, "Made offline");
  await page.getByRole("button", { name: "Undo" }).click();

  await ada.call("PATCH", `/api/tasks/${shared.id}`, { description: "as another left it", priority: "high" });
  await ada.call("DELETE", `/api/tasks/${gone.id}`);
  await ada.create({ title: "Made elsewhere" });

  await context.setOffline(false);
  await expect(page.getByText("Up to date")).toBeVisible();
  await expect(page.getByText("“Goes elsewhere” was deleted elsewhere")).toBeVisible();
  await expect(checkbox(page, "Made elsewhere")).toBeVisible();
  await expect(checkbox(page, "Made offline")).toHaveCount(1);
  await expect(checkbox(page, "Goes elsewhere")).toBeHidden();
  const tasks = await ada.tasks("?sort=title");
  expect(tasks.map(({ title }) => title)).toEqual(["Made elsewhere", "Made offline", "Shared, renamed offline"]);
  expect(tasks[2]).toMatchObject({ description: "as another left it", priority: "high" });
});

test("the page opens and works while the server cannot be reached", async ({ page, startServer, complaints }) => {
  complaints.expect(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_FAILED/);
  const server = await startServer();
  const eve = new Person(server);
  await eve.signUp(page);
  await add(page, "Kept here");
  await expect(checkbox(page, "Kept here")).toBeVisible();
  await expect.poll(() => eve.tasks()).toHaveLength(1);
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));

  await server.kill();
  await page.reload();
  await expect(checkbox(page, "Kept here")).toBeVisible();
  await expect(page.getByText("Offline")).toBeVisible();
  await add(page, "Added without a server");
  await page.reload();
  await expect(checkbox(page, "Added without a server")).toBeVisible();

  await server.begin();
  await expect(page.getByText("Up to date")).toBeVisible({ timeout: 30_000 });
  expect((await eve.tasks()).map(({ title }) => title).sort()).toEqual(["Added without a server", "Kept here"]);
});

test("a browser that was away for too long reads everything again", async ({ page, context, startServer, complaints }) => {
  complaints.expect(/ERR_INTERNET_DISCONNECTED|status of 410/);
  const server = await startServer({ "trash.retention": "1s" });
  const eve = new Person(server);
  await eve.signUp(page);
  const stays = await eve.create({ title: "Stays" });
  const goes = await eve.create({ title: "Goes for good" });
  await expect(checkbox(page, "Goes for good")).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByText("Offline")).toBeVisible();

  await eve.call("DELETE", `/api/tasks/${goes.id}`);
  await eve.call("PATCH", `/api/tasks/${stays.id}`, { title: "Stays, renamed" });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(await server.command("purge")).toBe("1 purged\n");

  await add(page, "Made meanwhile");
  await context.setOffline(false);
  await expect(page.getByText("Up to date")).toBeVisible();
  await expect(checkbox(page, "Stays, renamed")).toBeVisible();
  await expect(checkbox(page, "Goes for good")).toBeHidden();
  await expect(checkbox(page, "Made meanwhile")).toHaveCount(1);
  await expect.poll(() => eve.tasks()).toHaveLength(2);
});
