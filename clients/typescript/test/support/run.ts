/** Programs that are run to their end. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What the program prints; fails with all that it says when it fails. */
export async function run(program: string, args: string[], folder: string): Promise<string> {
  const finished = promisify(execFile)(program, args, { cwd: folder });
  const { stdout } = await finished.catch((error: Error & { stdout?: string; stderr?: string }) => {
    throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`);
  });
  return stdout;
}
