import type { TriedAddress } from "../contract/config-status.ts";
import type { Clock } from "../clock.ts";
import type { LoadResult } from "../config/load.ts";
import type { Settings } from "../contract/settings.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { LogOutput } from "../telemetry/log-output.ts";

/** What the service is started with. */
export interface ServiceOptions {
  readonly settings: Settings;
  readonly log: Logger;
  /** The destination of `log`; absent if nothing is known about it. */
  readonly logOutput?: LogOutput;
  readonly clock: Clock;
  readonly random: () => number;
  /** Names the vantage where neither the settings nor the data directory do. */
  readonly vantage: string;
  /** Reads the configuration again, for a reload by the API; absent: what it was started with stays. */
  readonly load?: () => LoadResult;
  /** The default addresses of HAProxy's stats, and what is there; absent: none are tried. */
  readonly tried?: () => readonly TriedAddress[];
  /** Folder of the built dashboard; absent: beside the program. */
  readonly webRoot?: string;
}
