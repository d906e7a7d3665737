import { defineConfig } from "vitest/config";

const folder = import.meta.dirname;

export default defineConfig({
  resolve: {
    alias: {
      "@tasklane/client": `${folder}/typescript/dist/index.js`,
      "@tasklane/rxdb": `${folder}/rxdb/src/index.ts`,
      "@tasklane/tanstack-db": `${folder}/tanstack-db/src/index.ts`,
    },
  },
  test: {
    include: ["test/*.test.ts", "*/test/*.test.ts"],
    exclude: ["typescript/**", "node_modules/**"],
    // Long enough for a machine that is busy compiling.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    maxWorkers: 2,
    allowOnly: false,
  },
});
