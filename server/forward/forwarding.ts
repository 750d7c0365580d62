import type { Clock } from "../clock.ts";
import type { LiveState } from "../contract/ports.ts";
import type { HubSettings } from "../contract/settings.ts";
import type { ForwardStatus } from "../contract/vantage.ts";
import { describeVantage } from "./describe-vantage.ts";
import { Forwarder, type ForwarderParts } from "./forwarder.ts";
import { HubClient } from "./hub-client.ts";
import { HubLog } from "./hub-log.ts";

export interface ForwardingParts extends Pick<ForwarderParts, "store" | "log" | "clock" | "random" | "onChange"> {
  readonly settings: HubSettings;
  readonly live: Pick<LiveState, "instances" | "findings">;
  readonly version: string;
  readonly clock: Clock;
}

/** The forwarders to all hubs. */
export interface Forwarding {
  status(): readonly ForwardStatus[];
  stop(): Promise<void>;
}

/** Starts to send the log of the data directory to each hub. */
export function startForwarding({ settings, live, version, ...parts }: ForwardingParts): Forwarding {
  const { urls, ...access } = settings;
  const hubLog = new HubLog();
  const pairs = urls.map((url) => {
    const client = new HubClient({ url, settings: access, clock: parts.clock, userAgent: `haprobe/${version}` });
    const forwarder = new Forwarder({
      ...parts,
      url,
      hubLog,
      status: () => describeVantage(live, parts.log().site, version),
      send: (request, signal) => client.send(request, signal),
    });
    forwarder.start();
    return { client, forwarder };
  });
  return {
    status: () => pairs.map(({ forwarder }) => forwarder.status()),
    async stop() {
      await Promise.all(pairs.map(({ forwarder }) => forwarder.stop()));
      for (const { client } of pairs) client.close();
    },
  };
}
