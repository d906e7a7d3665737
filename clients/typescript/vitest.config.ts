import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@tasklane/client": `${import.meta.dirname}/src/index.ts` } },
  test: {
    include: ["test/*.test.ts"],
    // Long enough for a machine that is busy compiling.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    allowOnly: false,
  },
});
