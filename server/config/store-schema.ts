import { z } from "zod";
import { BOUNDS } from "../bounds.ts";
import { identifier } from "./identifier.ts";
import { mapping } from "./mapping.ts";
import { recording } from "./recording-schema.ts";
import { reject } from "./reject.ts";
import { fileName } from "./request.ts";
import { duration, oneOrMore, text } from "./scalars.ts";

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

/** Name of a haprobe in what is stored. */
export const vantageName = text(
  "1 to 253 letters, digits, dots, - or _, a letter or digit first",
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/,
);

const HUB = "expected an address such as https://haprobe.example.org, or http on this machine";

/** Address of a hub. The token goes there, so that it is never sent in clear to another machine. */
const hubUrl = z.codec(z.string(HUB), z.string(), {
  decode: (written, payload) => {
    const url = URL.parse(written);
    if (url === null || url.username !== "" || url.search !== "" || url.hash !== "") return reject(payload, HUB);
    const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
    const isSafe = url.protocol === "https:" || (url.protocol === "http:" && isHere);
    return isSafe ? written.replace(/\/+$/, "") : reject(payload, HUB, "would send the token in clear");
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
  vantage: vantageName.describe("The name under which this haprobe's verdicts are kept, if not the host's.").optional(),
  site: identifier
    .describe("Where this haprobe stands; the site of its instances, unless they name another.")
    .optional(),
  hub: oneOrMore(hubUrl, HUB)
    .describe("The hubs that get its events: one address or a list, each gets all.")
    .optional(),
  hubTokenFile: fileName.describe("Holds the token for the hubs.").optional(),
  hubCaFile: fileName.describe("Certificates to verify the hubs with; those of the system if absent.").optional(),
};
