// Imported before haprobe itself: after a SIGUSR2 each of these methods throws whenever it is called, some of them in
// timers and in handlers of sockets, where nothing else handles it; after a second one those of the second phase do, after
// a third one none.
import { IncidentRegistry } from "../../server/monitor/incident-registry.ts";
import { FindingRegistry } from "../../server/monitor/finding-registry.ts";
import { Monitor } from "../../server/monitor/monitor.ts";
import { SinkDelivery } from "../../server/monitor/sink-delivery.ts";
import { MetricFamily } from "../../server/telemetry/exposition.ts";

let phase = 0;
process.on("SIGUSR2", () => {
  phase = (phase + 1) % 3;
});

function poison<T extends object>(
  throwsIn: number,
  { prototype }: { readonly prototype: T },
  ...names: (keyof T & string)[]
): void {
  for (const name of names) {
    const method = prototype[name] as (...given: unknown[]) => unknown;
    Object.defineProperty(prototype, name, {
      value(this: T, ...given: unknown[]) {
        if (phase === throwsIn) throw new TypeError(`poisoned ${name}`);
        return method.apply(this, given);
      },
    });
  }
}

poison(1, Monitor, "acceptSnapshot", "acceptPollFailure", "acceptResult", "tick");
poison(2, Monitor, "work");
poison(1, IncidentRegistry, "update", "tick");
poison(1, FindingRegistry, "replace");
poison(1, SinkDelivery, "offer");
poison(1, MetricFamily, "render");
