import type {
  AddressChanged,
  MonitorEvent,
  ServerRemoved,
  VerdictChanged,
  VerdictState,
} from "../../server/contract/event.ts";
import { type ServerName, splitServerKey } from "../../server/contract/server-key.ts";

let seq = 0;

/** Id, seq and time of the next event of this process. */
export function nextEventBase(): Pick<MonitorEvent, "id" | "seq" | "at"> {
  seq += 1;
  return { id: `host-a:e-1:${seq}`, seq, at: 0 };
}

function nameOf(key: string): ServerName {
  const names = splitServerKey(key);
  if (names === null) throw new Error(`${key} is no key`);
  return { key, site: "default", ...names };
}

const REPORTED = {
  haproxyStatus: "UP",
  checkStatus: "L4OK",
  checkCode: null,
  probeOutcome: "failed",
  httpStatus: 500,
} as const;

const ADDRESS = { network: "default", host: "10.0.0.11", port: 6443 };

export function verdictChanged(
  from: VerdictState | null,
  to: VerdictState,
  key = "lb-1/k8s-api/cp-1",
  sentence = "",
): VerdictChanged {
  return {
    ...nextEventBase(),
    type: "verdict-changed",
    ...nameOf(key),
    address: ADDRESS,
    from,
    to: { ...to, ...REPORTED, probeReason: to.reason },
    subject: to.phase === null ? null : "10.0.0.11:6443",
    beganAt: 0,
    expected: false,
    sentence,
    tone: "warning",
  };
}

export function serverRemoved(key: string): ServerRemoved {
  return { ...nextEventBase(), type: "server-removed", ...nameOf(key), address: ADDRESS };
}

export function addressChanged(
  key: string,
  from: AddressChanged["from"],
  address: AddressChanged["address"],
): AddressChanged {
  return { ...nextEventBase(), type: "address-changed", ...nameOf(key), from, address };
}
