import { cachedToken, createClient, openSession } from "@tasklane/client";
import { expect, test } from "vitest";
import { credentials, rejection, start } from "./support/tasklane.ts";

const server = await start();

/** A JSON Web Token of a real user, as an identity provider would give it. */
async function realToken(): Promise<string> {
  const session = await openSession({ baseUrl: server.url });
  await session.register(credentials());
  return session.token();
}

/** What a provider gives that nobody but this client reads. */
function unsigned(claims: object): string {
  return `e30.${btoa(JSON.stringify(claims))}.`;
}

test("a function gives the token of each request, and another for one that is refused", async () => {
  const token = await realToken();
  const asked: unknown[] = [];
  const auth = (refused?: string) => {
    asked.push(refused);
    return refused === undefined ? "stale" : token;
  };
  const { tasks } = createClient({ baseUrl: server.url, auth });
  expect((await tasks.list()).items).toEqual([]);
  expect(asked).toEqual([undefined, "stale"]);
  const stubborn = createClient({ baseUrl: server.url, auth: () => "stale" });
  expect(await rejection(stubborn.tasks.list())).toMatchObject({ status: 401, code: "invalid_token" });
});

test("a cached token is fetched once for all who ask, and kept", async () => {
  const token = await realToken();
  let fetches = 0;
  const auth = cachedToken(async () => {
    fetches += 1;
    return token;
  });
  const { tasks } = createClient({ baseUrl: server.url, auth });
  await Promise.all([tasks.list(), tasks.list(), tasks.list()]);
  await tasks.list();
  expect(fetches).toBe(1);
  auth.forget();
  await tasks.list();
  expect(fetches).toBe(2);
});

test("a cached token is fetched again when it was refused, is nearly over or has no expiry", async () => {
  const now = Math.floor(Date.now() / 1_000);
  const given = [unsigned({ iat: now, exp: now + 100 }), unsigned({ iat: now, exp: now }), "opaque", unsigned({ exp: now + 100 })];
  const left = [...given];
  const source = cachedToken(async () => left.shift()!);
  const [lasting, over, opaque, late] = given;
  expect(await source.token()).toBe(lasting);
  expect(await source.token()).toBe(lasting);
  expect(await source.token(lasting)).toBe(over);
  expect(await source.token()).toBe(opaque);
  expect(await source.token()).toBe(late);
  expect(await source.token()).toBe(late);
});

test("a token that is on its way is not kept for who signs in next", async () => {
  const answers: ((token: string) => void)[] = [];
  const source = cachedToken(() => new Promise((resolve) => answers.push(resolve)));
  const hers = source.token();
  source.forget();
  const his = source.token();
  answers[0]!(unsigned({ sub: "ada", exp: 9_999_999_999 }));
  answers[1]!(unsigned({ sub: "bob", exp: 9_999_999_999 }));
  await hers;
  expect(await source.token()).toBe(await his);
  expect(answers).toHaveLength(2);
});

test("a failing fetch is told, and tried again by the next who asks", async () => {
  let fail = true;
  const source = cachedToken(async () => {
    if (fail) throw new Error("not signed in there");
    return unsigned({ exp: 9_999_999_999 });
  });
  expect(await rejection(source.token())).toMatchObject({ message: "not signed in there" });
  fail = false;
  expect(await source.token()).toMatch(/^e30/);
});

test("a provider that cannot be reached for a moment is asked again", async () => {
  const token = await realToken();
  let fetches = 0;
  const auth = cachedToken(async () => {
    fetches += 1;
    if (fetches === 1) await fetch("http://127.0.0.1:1");
    return token;
  });
  const { tasks } = createClient({ baseUrl: server.url, auth });
  expect((await tasks.list()).items).toEqual([]);
  expect(fetches).toBe(2);
  const alone = createClient({ baseUrl: server.url, auth: () => Promise.reject(new TypeError("fetch failed")), retry: false });
  expect(await rejection(alone.tasks.list())).toMatchObject({ name: "Unreachable", cause: { message: "fetch failed" } });
});
