/** What a person does on the page, in the words of its labels. */

import type { Locator, Page } from "@playwright/test";

export async function add(page: Page, title: string): Promise<void> {
  await page.getByLabel("New task").fill(title);
  await page.getByRole("button", { name: "Add", exact: true }).click();
}

export function row(page: Page, title: string): Locator {
  return page.getByRole("listitem").filter({ hasText: title });
}

export function checkbox(page: Page, title: string): Locator {
  return page.getByRole("checkbox", { name: `Completed: ${title}`, exact: true });
}

export async function moveToTrash(page: Page, title: string): Promise<void> {
  await page.getByRole("button", { name: `Move to the trash: ${title}`, exact: true }).click();
}

export async function edit(page: Page, title: string): Promise<Locator> {
  await page.getByRole("button", { name: title, exact: true }).click();
  return page.getByRole("dialog", { name: "Edit task" });
}

export async function open(page: Page, view: "Tasks" | "Today" | "Completed" | "Trash"): Promise<void> {
  await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: view }).click();
}
