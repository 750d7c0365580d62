import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { precompress } from "./scripts/precompress.ts";

/** The dashboard: `vite build` writes dist/web, which the service sends as static files. */
export default defineConfig(({ command, mode }) => {
  // React is built for production whatever the caller's environment says: packed in a test it would be a fifth larger.
  if (command === "build") process.env["NODE_ENV"] = "production";
  return {
    root: fileURLToPath(new URL("web", import.meta.url)),
    // Relative addresses, so that the page works below a sub-path of a reverse proxy too.
    base: "./",
    // Compressing takes most of a build, and few tests look at it.
    plugins: [react(), ...(mode === "test" ? [] : [precompress()])],
    build: {
      outDir: "../dist/web",
      emptyOutDir: true,
      // The licences of the packages that are in it.
      license: { fileName: "licences.md" },
      target: "es2022",
      // A strict policy allows no data: URLs, so every file stays a file.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  };
});
