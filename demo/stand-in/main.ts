import { parseArgs } from "node:util";
import { type ModeName, MODE_NAMES, startApiServer } from "./api-server.ts";
import { createAuthority } from "./certificates.ts";

// One stand-in API server as a program. The first signal ends it.
const { values } = parseArgs({
  options: {
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string", default: "6443" },
    mode: { type: "string", default: "healthy" },
  },
});
const mode = MODE_NAMES.find((known) => known === values.mode);
const port = Number(values.port);
if (mode === undefined || !Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`usage: main.ts --host ADDRESS --port 0…65535 --mode ${MODE_NAMES.join("|")}`);
  process.exitCode = 2;
} else {
  await run(values.host, port, mode);
}

async function run(host: string, wantedPort: number, wantedMode: ModeName): Promise<void> {
  const authority = await createAuthority();
  const tls = await authority.issue({ names: ["kubernetes", "localhost", "127.0.0.1"] });
  const server = await startApiServer({ tls, host, port: wantedPort, mode: wantedMode });
  console.log(`stand-in API server (${wantedMode}) on ${server.host}:${server.port}`);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void server.close());
}
