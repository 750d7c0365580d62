import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** The program and its threads with the packages that they use, in few files: as 2,000 modules it takes 12 MB more. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  ssr: { noExternal: true },
  // A table of types, 150 kB, of which three packages bring a copy.
  resolve: { dedupe: ["mime-db"] },
  build: {
    ssr: true,
    outDir: "dist/server",
    copyPublicDir: false,
    // The licences of the packages that are in it.
    license: { fileName: "licences.md" },
    target: "node24",
    rolldownOptions: {
      input: {
        main: "server/main.ts",
        "store-worker": "server/store/store-worker.ts",
        "advise-worker": "server/advise-worker.ts",
      },
      // Optional parts of pg and ws.
      external: ["pg-native", "pg-cloudflare", "bufferutil", "utf-8-validate"],
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name]-[hash].js",
        // Names of functions and classes stay, since an error's stack is part of a bug report.
        minify: { compress: true, mangle: { keepNames: true }, codegen: { removeWhitespace: true } },
      },
    },
  },
});
