import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Complete responses of real HAProxies. */
export function captures(): string[] {
  const read = (name: string): string =>
    readFileSync(join(import.meta.dirname, "../fixtures/haproxy", name), "latin1").replace(/\n+$/, "\n\n");
  const state35 = read("3.5-servers-state-user.txt");
  return [
    read("2.2-user-show_info.txt") + read("2.2-user-show_servers_state.txt") + read("2.2-showstat-user.csv"),
    read("2.6-user-show_info.txt") + read("2.6-servers-state-user.txt") + read("2.6-t16s.csv"),
    read("3.5-user-show_info.txt") + state35 + read("3.5-weird-proxy-name.csv"),
    read("2.6-http-noleg.csv"),
  ];
}
