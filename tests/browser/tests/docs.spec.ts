import { expect, test } from "../support/test.ts";

test("the documentation authorizes and tries operations out", async ({ page, ada }) => {
  await ada.register();
  const { email, password } = ada;
  await page.goto(`${ada.server.url}/docs`);
  await expect(page.getByRole("heading", { name: /^Tasklane/ })).toBeVisible();

  const login = page.locator("#operations-Accounts-login_account");
  await login.click();
  await login.locator("textarea").fill(JSON.stringify({ email, password }));
  await login.getByRole("button", { name: "Execute" }).click();
  const answer = login.locator(".live-responses-table .highlight-code").first();
  await expect(answer).toContainText("access_token");
  const token = /"access_token": "([^"]+)"/.exec(await answer.innerText())![1]!;
  await login.locator(".opblock-summary").click();

  await page.getByRole("button", { name: "Authorize" }).click();
  const dialog = page.locator(".dialog-ux");
  await dialog.getByRole("textbox").fill(token);
  await dialog.getByRole("button", { name: "Apply credentials" }).click();
  await dialog.getByRole("button", { name: "Close" }).click();

  const create = page.locator("#operations-Tasks-create_task");
  await create.click();
  await create.locator("textarea").fill('{"title": "Tried out"}');
  await create.getByRole("button", { name: "Execute" }).click();
  await expect(create.locator(".live-responses-table tbody .response-col_status").first()).toContainText("201");
  expect((await ada.task("Tried out")).completed).toBe(false);

  // "Try it out" is on from the start; it can be left and begun again.
  await create.getByRole("button", { name: "Cancel" }).click();
  await create.getByRole("button", { name: "Try it out" }).click();
  await expect(create.getByRole("button", { name: "Execute" })).toBeVisible();
});
