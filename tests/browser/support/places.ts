/** Where things are in the checkout. The test that starts this suite may say otherwise. */

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The whole checkout. */
export const checkout = root.replace(/\/$/, "");

/** What is built and what the tests leave behind. */
export const target = process.env.TASKLANE_TARGET || `${root}target`;

/** Where the outcome of each test is written. */
export const results = process.env.TASKLANE_RESULTS || `${target}/browser-results.json`;

/** The program under test. */
export const program = process.env.TASKLANE_PROGRAM || `${root}target/debug/tasklane`;

/** The built task page. */
export const page = `${root}examples/web/dist`;

/** Pictures of the page as it looked. */
export const pictures = `${target}/browser-pictures`;

/** A service that signs people in. */
export const betterAuth = `${root}examples/better-auth`;

/** How a frontend is begun, and the exact packages with which that is tested. */
export const guide = `${root}docs/frontend.md`;
export const guideLock = `${root}tests/browser/guide/package-lock.json`;

/** The TypeScript client. */
export const client = `${root}clients/typescript`;

/** The adapters of the client to other libraries. */
export const adapters = `${root}clients`;

/** The browser that the system packages; Playwright's own are never fetched. */
export function chromium(): string {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? "").split(delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
  if (!found) throw new Error(`none of ${names.join(", ")} is on PATH; CHROMIUM may name another`);
  return found;
}
