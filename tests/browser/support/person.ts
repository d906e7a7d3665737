/** Somebody with an account, who can also reach the server without a browser. */

import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import { expect } from "@playwright/test";
import type { Server } from "./server.ts";

export interface Task {
  id: string;
  title: string;
  description: string | null;
  completed: boolean;
  priority: string;
  due: { date: string; time: string | null; timezone: string | null } | null;
  tags: string[];
  revision: number;
  deleted_at: string | null;
}

export class Person {
  readonly email = `ada-${randomUUID()}@example.com`;
  readonly password = "correct horse battery";
  /** What vouches for this person without a browser, once there was a call. */
  token = "";

  constructor(readonly server: Server) {}

  /** Makes the account by the page's own form, and stays signed in there. */
  async signUp(page: Page): Promise<void> {
    await page.goto(this.server.url);
    await page.getByRole("button", { name: "Create an account" }).click();
    await page.getByLabel("Name").fill("Ada Lovelace");
    await this.enter(page, "Sign up");
    await expect(page.getByRole("heading", { level: 1, name: "Tasks" })).toBeVisible();
    await expect(page.getByText("Up to date")).toBeVisible();
  }

  async signIn(page: Page): Promise<void> {
    await page.goto(this.server.url);
    await this.enter(page, "Sign in");
    await expect(page.getByText("Up to date")).toBeVisible();
  }

  async enter(page: Page, button: string): Promise<void> {
    await page.getByLabel("Email").fill(this.email);
    await page.getByLabel("Password", { exact: true }).fill(this.password);
    await page.getByRole("button", { name: button, exact: true }).click();
  }

  /** Makes the account without a browser. */
  async register(): Promise<void> {
    const { email, password } = this;
    const answer = await this.post("/api/auth/register", { email, password, name: "Ada Lovelace" });
    this.token = answer.access_token;
  }

  /** Calls the API as this person would from elsewhere. */
  async call(method: string, path: string, body?: object): Promise<any> {
    if (!this.token) {
      const { email, password } = this;
      this.token = (await this.post("/api/auth/login", { email, password })).access_token;
    }
    return this.send(method, path, body, { Authorization: `Bearer ${this.token}` });
  }

  async create(draft: object): Promise<Task> {
    return this.call("POST", "/api/tasks", draft);
  }

  async tasks(query = ""): Promise<Task[]> {
    return (await this.call("GET", `/api/tasks${query}`)).items;
  }

  /** The one task with that title. Fails when there is another, or none after a while: a page sends later what it shows. */
  async task(title: string): Promise<Task> {
    let found: Task[] = [];
    await expect(async () => {
      found = (await this.tasks()).filter((task) => task.title === title);
      expect(found, `tasks with the title ${title}`).toHaveLength(1);
    }).toPass({ timeout: 10_000 });
    return found[0]!;
  }

  /** Ends every session of the account: refreshing is refused from now on. */
  async endAllSessions(): Promise<void> {
    await this.call("DELETE", "/api/auth/sessions");
  }

  private async post(path: string, body: object): Promise<any> {
    return this.send("POST", path, body, {});
  }

  private async send(method: string, path: string, body: object | undefined, headers: Record<string, string>) {
    const response = await fetch(this.server.url + path, {
      method,
      headers: { ...headers, ...(body && { "Content-Type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    expect(response.ok, `${method} ${path}: ${response.status} ${text}`).toBe(true);
    return text ? JSON.parse(text) : null;
  }
}
