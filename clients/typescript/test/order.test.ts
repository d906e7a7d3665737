/** That order keys are those of the package that clients make them with. */

import type { Tasks } from "@tasklane/client";
import { BASE_52_DIGITS, BASE_62_DIGITS, generateKeyBetween } from "fractional-indexing";
import { expect, test } from "vitest";
import { collect, newClient, rejection, start } from "./support/tasklane.ts";

const server = await start();

const between = (after: string | null, before: string | null) =>
  generateKeyBetween(after, before, BASE_62_DIGITS, BASE_52_DIGITS);

const inOrder = (tasks: Tasks) => collect(tasks.all({ sort: "position" }));

/** Numbers below 1 that are the same in each run. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test("the server takes every key that the package makes, and sorts by it", async () => {
  const { tasks, batch } = await newClient(server.url);
  const roll = dice(62);
  const keys: string[] = [];
  for (let count = 0; count < 400; count += 1) {
    // Half of them at one place, so that keys get long.
    const index = roll() < 0.5 ? Math.min(3, keys.length) : Math.floor(roll() * (keys.length + 1));
    keys.splice(index, 0, between(keys[index - 1] ?? null, keys[index] ?? null));
  }
  const shuffled = keys.toSorted(() => roll() - 0.5);
  for (let first = 0; first < shuffled.length; first += 100) {
    const creates = shuffled.slice(first, first + 100).map((position) => ({ op: "create", task: { title: position, position } }) as const);
    await batch(creates);
  }
  expect((await inOrder(tasks)).map((task) => task.position)).toEqual(keys);
});

test("the package takes every key that the server makes", async () => {
  const { tasks } = await newClient(server.url);
  const roll = dice(7);
  for (let count = 0; count < 12; count += 1) await tasks.create({ title: `Task ${count}`, ...(count % 3 === 0 && { position: "a1" }) });
  for (let count = 0; count < 150; count += 1) {
    const order = await inOrder(tasks);
    const [task, other] = [order[Math.floor(roll() * order.length)]!, order[Math.floor(roll() * order.length)]!];
    if (task.id === other.id) await tasks.move(task);
    else await tasks.move(task, roll() < 0.5 ? { before: other.id } : { after: other.id });
  }
  const keys = (await inOrder(tasks)).map((task) => task.position);
  expect(new Set(keys).size).toBe(keys.length);
  for (const [index, key] of keys.entries()) {
    const next = keys[index + 1] ?? null;
    const made = between(key, next);
    expect(made > key && (next === null || made < next)).toBe(true);
  }
});

test("the server refuses what the package refuses, and takes what it takes", async () => {
  const { tasks } = await newClient(server.url);
  const smallest = `A${"0".repeat(26)}`;
  const keys = ["a0", "Zz", "a0V", smallest, `${smallest}1`, `z${"z".repeat(26)}`, "", "a", "a00", "b0", "a0V0", "-", "0", "i8DxsAn8fI", "i8DxsAn8f"];
  for (const position of keys) {
    let isTaken = true;
    try {
      between(null, position);
    } catch {
      isTaken = false;
    }
    const created = tasks.create({ title: "Task", position });
    if (isTaken) expect((await created).position).toBe(position);
    else expect(await rejection(created)).toMatchObject({ errors: [{ pointer: "/position", code: "invalid_position" }] });
  }
});

test("a move puts a task before or after another, or last", async () => {
  const { tasks } = await newClient(server.url);
  const [a, b, c] = [await tasks.create({ title: "a" }), await tasks.create({ title: "b" }), await tasks.create({ title: "c" })];
  const titles = async () => (await inOrder(tasks)).map((task) => task.title).join("");
  const moved = await tasks.move(c, { before: a.id });
  expect(await titles()).toBe("cab");
  expect(await rejection(tasks.move(c, { after: b.id }))).toMatchObject({ code: "precondition_failed", revision: moved.revision });
  await tasks.move(a.id);
  expect(await titles()).toBe("cba");
  expect(await rejection(tasks.move(a.id, { after: a.id }))).toMatchObject({ errors: [{ pointer: "/after", code: "elsewhere" }] });
});
