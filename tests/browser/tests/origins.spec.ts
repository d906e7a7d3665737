import { BetterAuth } from "../support/better-auth.ts";
import { Origin } from "../support/origin.ts";
import { Person } from "../support/person.ts";
import { add, checkbox } from "../support/task-page.ts";
import { expect, test } from "../support/test.ts";

test.describe("a page on another origin", () => {
  let origin: Origin;
  test.beforeEach(async () => void (origin = await Origin.start()));
  test.afterEach(() => origin.stop());

  test("may call where it is let in, and reads the headers that it needs", async ({ page, startServer, complaints }) => {
    complaints.expect(/status of 412/);
    const server = await startServer({ "cors.origins": origin.url });
    origin.config = { tasklane: server.url, betterAuth: null };
    const ada = new Person(server);
    await ada.register();
    await page.goto(origin.url);
    await ada.enter(page, "Sign in");
    await add(page, "From another origin");
    await checkbox(page, "From another origin").click();
    await expect.poll(async () => (await ada.tasks())[0]?.completed).toBe(true);

    const { token } = await page.evaluate(async ([url, email, password]) => {
      const response = await fetch(`${url}/api/auth/login`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ email, password }),
      });
      return { token: (await response.json()).access_token as string };
    }, [server.url, ada.email, ada.password]);
    const created = await page.evaluate(readable, {
      url: `${server.url}/api/tasks`,
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", "Idempotency-Key": "once" },
      body: '{"title":"Read its headers"}',
    });
    expect(created.status).toBe(201);
    for (const name of ["etag", "location", "ratelimit", "ratelimit-policy", "x-request-id"]) {
      expect(created.headers[name], name).toBeTruthy();
    }
    const refused = await page.evaluate(readable, {
      url: server.url + created.headers["location"],
      method: "PATCH",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", "If-Match": '"999"' },
      body: "{}",
    });
    expect(refused.status).toBe(412);
    expect(refused.headers["etag"]).toBe(created.headers["etag"]);
  });

  test("is told by how long it has to wait, by where the next page is, and by what was repeated", async ({ page, startServer, complaints }) => {
    complaints.expect(/status of 429/);
    const server = await startServer({ "cors.origins": origin.url, "rate_limit.api.quota": "6", "rate_limit.api.window": "600s" });
    origin.config = { tasklane: server.url, betterAuth: null };
    const ada = new Person(server);
    await ada.register();
    await ada.create({ title: "One" });
    await ada.create({ title: "Two" });
    await page.goto(origin.url);
    const headers = { Authorization: `Bearer ${ada.token}`, "Content-Type": "application/json", "Idempotency-Key": "once" };
    const create = { url: `${server.url}/api/tasks`, method: "POST", headers, body: '{"title":"Three"}' };
    await page.evaluate(readable, create);
    expect((await page.evaluate(readable, create)).headers["idempotency-replayed"]).toBe("true");
    const list = { url: `${server.url}/api/tasks?limit=1`, method: "GET", headers };
    expect((await page.evaluate(readable, list)).headers["link"]).toContain('rel="next"');
    await page.evaluate(readable, list);
    const refused = await page.evaluate(readable, list);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  });

  test("may send any header, as tracing libraries do", async ({ page, startServer }) => {
    const server = await startServer({ "cors.origins": origin.url });
    origin.config = { tasklane: server.url, betterAuth: null };
    await page.goto(origin.url);
    const call = (headers: Record<string, string>) =>
      page.evaluate(readable, { url: `${server.url}/health`, method: "GET", headers });
    expect((await call({ "X-Request-Id": "mine" })).headers["x-request-id"]).toBe("mine");
    expect((await call({ "X-Unheard-Of": "1", baggage: "a=b" })).status).toBe(200);
  });

  test("is refused where it is not let in, and says so in words", async ({ page, startServer, complaints }) => {
    complaints.expect(/CORS policy|ERR_FAILED/);
    const server = await startServer({ "cors.origins": "https://app.example.com" });
    origin.config = { tasklane: server.url, betterAuth: null };
    const ada = new Person(server);
    await ada.register();
    await page.goto(origin.url);
    await ada.enter(page, "Sign in");
    await expect(page.getByRole("alert")).toHaveText("The server cannot be reached.");
    const attempt = page.evaluate(readable, { url: `${server.url}/health`, method: "GET", headers: {} });
    await expect(attempt).rejects.toThrow("Failed to fetch");
  });

  test("signs people in by Better Auth", async ({ page, startServer, complaints }) => {
    complaints.expect(/status of 401/);
    const service = await BetterAuth.start(origin.url);
    try {
      const settings = { "cors.origins": origin.url };
      const server = await startServer(settings, await service.tasklaneSettings());
      origin.betterAuth = service.url;
      origin.config = { tasklane: server.url, betterAuth: "/better-auth" };
      const ada = new Person(server);
      await page.goto(origin.url);
      await ada.enter(page, "Sign in");
      await expect(page.getByRole("alert")).toHaveText(/invalid email or password/i);
      await page.getByRole("button", { name: "Create an account" }).click();
      await page.getByLabel("Name").fill("Ada");
      await ada.enter(page, "Sign up");
      await add(page, "In Better Auth's name");
      await expect(checkbox(page, "In Better Auth's name")).toBeVisible();
      await expect(page.getByText("Up to date")).toBeVisible();
      await expect(page.getByText("Not sent yet")).toHaveCount(0);
      await page.reload();
      await expect(checkbox(page, "In Better Auth's name")).toBeVisible();
      await page.getByRole("button", { name: "Sign out" }).click();
      await ada.enter(page, "Sign in");
      await expect(checkbox(page, "In Better Auth's name")).toBeVisible();
    } finally {
      service.stop();
    }
  });
});

interface Call {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string;
}

/** What a script of the page gets to see of an answer. */
async function readable({ url, method, headers, body }: Call) {
  const response = await fetch(url, { method, headers, ...(body && { body }) });
  return { status: response.status, headers: Object.fromEntries(response.headers) };
}
