import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@tasklane/client": `${import.meta.dirname}/src/index.ts` } },
  test: {
    include: ["test/*.test.ts"],
    // Long enough for a machine that is busy compiling.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    maxWorkers: 2,
    allowOnly: false,
  },
});
