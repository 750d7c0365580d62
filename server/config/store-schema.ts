import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { mapping } from "./mapping.ts";
import { recording } from "./recording-schema.ts";
import { reject } from "./reject.ts";
import { fileName } from "./request.ts";
import { duration, text } from "./scalars.ts";

/** `none`, or the path of a folder; also an option of the command line. */
export const dataDir = text("the path of a folder, or none", /^[^\0]+$/);

const DATABASE = "expected a URL such as postgres://haprobe@db.example.org/haprobe";

/** URL of a PostgreSQL database. An error does not repeat it, since it may hold a password. */
export const databaseUrl = z.codec(z.string(DATABASE), z.string(), {
  decode: (written, payload) => {
    if (!/^postgres(ql)?:\/\//.test(written)) return reject(payload, DATABASE, "does not begin with postgres://");
    // A / or ? in a password would begin the path, which is no secret.
    if (/^[^/]+\/\/[^/?#]*[/?#].*@/.test(written)) {
      return reject(payload, "in a user or password write / as %2F and ? as %3F", "has an @ after its host");
    }
    // PostgreSQL also takes a user without a host: postgres://haprobe@/haprobe?host=/run/postgresql.
    return URL.canParse(written.replace(/@(?=[/?]|$)/, "@localhost"))
      ? written
      : reject(payload, DATABASE, "is no URL");
  },
  encode: (url) => url,
});

const keptFor = duration(BOUNDS.retentionMinMs, BOUNDS.retentionMaxMs);

/** Where incidents and history are kept, and for how long. */
export const storeKeys = {
  dataDir: dataDir.describe("Folder for what outlives a restart; none: nothing does.").optional(),
  database: databaseUrl
    .describe("A PostgreSQL database for incidents and history, instead of a file in data-dir.")
    .optional(),
  databaseFile: fileName.describe("Holds the URL of that database, which may contain a password.").optional(),
  retention: mapping({
    verdictsMs: keptFor.describe("How long verdicts and ended incidents are kept.").prefault("400d"),
    minutesMs: keptFor.describe("How long measurements are kept by the minute.").prefault("7d"),
    hoursMs: keptFor.describe("How long measurements are kept by the hour.").prefault("400d"),
  })
    .describe("How long history is kept.")
    .prefault({}),
  recording: recording.describe("What is kept of all polls and probes, for replay; none: nothing.").prefault({}),
  vantage: text("1 to 253 letters, digits, dots, - or _, a letter or digit first", /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/)
    .describe("The name under which this haprobe's verdicts are kept, if not the host's.")
    .optional(),
};
