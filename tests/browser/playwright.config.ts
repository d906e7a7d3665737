import { defineConfig } from "@playwright/test";
import { chromium, results, target } from "./support/places.ts";

export default defineConfig({
  projects: [
    { name: "pages", testDir: "tests", outputDir: `${target}/browser/pages` },
    { name: "guide", testDir: "guide", outputDir: `${target}/browser/guide` },
  ],
  // Every test has an account of its own, and a server where it changes settings.
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  timeout: 60_000,
  // Long enough for a machine that is busy compiling.
  expect: { timeout: 15_000 },
  reporter: [["list"], ["json", { outputFile: results }]],
  use: {
    headless: true,
    locale: "en-GB",
    timezoneId: "Europe/Rome",
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: chromium(),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
