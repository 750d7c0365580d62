import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** The thread of the store in one file, over what tsc wrote there: kysely as its 300 modules takes 15 MB more. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  ssr: { noExternal: true },
  build: {
    ssr: "server/store/store-worker.ts",
    outDir: "dist/server/store",
    emptyOutDir: false,
    copyPublicDir: false,
    target: "node24",
    minify: true,
    rolldownOptions: {
      // Optional parts of pg.
      external: ["pg-native", "pg-cloudflare"],
      output: { entryFileNames: "store-worker.js", codeSplitting: false },
    },
  },
});
