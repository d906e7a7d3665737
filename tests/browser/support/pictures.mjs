// Copies the pictures of the task page, which a test has just taken, to where the documents show them.

import { copyFile, mkdir } from "node:fs/promises";

const root = new URL("../../../", import.meta.url);
const target = new URL("docs/pictures/", root);

await mkdir(target, { recursive: true });
for (const look of ["light", "dark"]) {
  await copyFile(new URL(`target/browser-pictures/${look}-tasks.png`, root), new URL(`${look}.png`, target));
}
