import { evaluate, openTab } from "../support/client-page.ts";
import { Person } from "../support/person.ts";
import { expect, test } from "../support/test.ts";

/** As if the access token had ended. */
const END_ACCESS = 'store.write({ ...(await store.read()), access: "ended" })';

test("tabs share the client's session, and use each refresh token once", async ({ context, server, complaints }) => {
  complaints.expect(/status of 401/);
  const { email, password } = new Person(server);
  const tabs = [await openTab(context, server), await openTab(context, server), await openTab(context, server)];
  await evaluate(tabs[0]!, `session.register(${JSON.stringify({ email, password })})`);
  for (const tab of tabs) await expect.poll(() => evaluate(tab, "session.user?.email")).toBe(email);

  const refreshes: string[] = [];
  context.on("request", (request) => request.url().endsWith("/api/auth/refresh") && refreshes.push(request.url()));
  for (let round = 1; round <= 3; round += 1) {
    await evaluate(tabs[0]!, END_ACCESS);
    for (const tab of tabs) await evaluate(tab, "session.reload()");
    const lists = tabs.map((tab) => evaluate(tab, "Promise.all([1, 2, 3].map(() => tasks.list())).then((pages) => pages.length)"));
    expect(await Promise.all(lists)).toEqual([3, 3, 3]);
    expect(refreshes).toHaveLength(round);
  }

  await evaluate(tabs[1]!, "session.logout()");
  for (const tab of tabs) await expect.poll(() => evaluate(tab, "session.user")).toBeNull();
  expect(await evaluate(tabs[2]!, 'tasks.list().catch((error) => [error.name, error.status])')).toEqual(["TaskProblem", 401]);
});
