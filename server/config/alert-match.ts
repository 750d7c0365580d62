import type { AlertMatch } from "../contract/alert-settings.ts";
import { globs } from "./globs.ts";
import { matchCodec } from "./match-codec.ts";

/** `match:` of a route or a silence: patterns by what they are compared with. */
export const alertMatch = matchCodec<AlertMatch>({
  verdict: globs.describe("Verdict of an incident: false-up or false-down."),
  notice: globs.describe("Name of a notice, such as split."),
  reason: globs.describe("Reason of the verdict."),
  urgency: globs.describe("critical, warning or info."),
  instance: globs.describe("Name of the instance."),
  site: globs.describe("Site of the instance."),
  backend: globs.describe("Name of the backend or listen section."),
  server: globs.describe("Name of the server."),
  subject: globs.describe("Address of the server, or what a notice is about."),
});
