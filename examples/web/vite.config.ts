import { defineConfig } from "vite";

export default defineConfig({
  // The page may be served from any folder of any host.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    // What is checked in should show in a review what it weighs, and nothing else.
    modulePreload: { polyfill: false },
    // The page's policy lets nothing in that is written into the document.
    assetsInlineLimit: 0,
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      "/api": "http://127.0.0.1:8080",
      "/better-auth": {
        target: "http://localhost:3000",
        rewrite: (path) => path.replace(/^\/better-auth/, "/api/auth"),
      },
    },
  },
});
