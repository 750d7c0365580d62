import { CHANNEL_TYPES } from "./channel-schema.ts";
import { isMapping, type Path } from "./document.ts";
import type { KeyConflict } from "./probe-conflicts.ts";
import { alternatives } from "./scalars.ts";

type Mapping = Readonly<Record<string, unknown>>;

/** Finds keys of `alerts:` that contradict each other, as they are written. */
export function findAlertConflicts(alerts: unknown): KeyConflict[] {
  if (!isMapping(alerts)) return [];
  const channels = entries(alerts.channels);
  const names = new Set(channels.map(([, { name }]) => name));
  const { heartbeat } = alerts;
  return [
    ...channels.flatMap(([index, channel]) => channelConflicts(channel, ["alerts", "channels", index])),
    ...entries(alerts.routes).flatMap(([index, route]) => unknownChannels(route, names, ["alerts", "routes", index])),
    ...(isMapping(heartbeat) ? oneOf(heartbeat, ["url", "url-file"], ["alerts", "heartbeat"]) : []),
  ];
}

function channelConflicts(channel: Mapping, path: Path): KeyConflict[] {
  const types = CHANNEL_TYPES.filter((type) => type in channel);
  const [type, ...further] = types;
  if (type === undefined) return [{ path, message: `has no type; expected one of ${alternatives(CHANNEL_TYPES)}` }];
  const keys = channel[type];
  return [
    ...further.map((each) => ({
      path: [...path, each],
      message: `stands beside ${type}; expected one of ${alternatives(CHANNEL_TYPES)}`,
    })),
    ...(isMapping(keys) ? transportConflicts(type, keys, [...path, type]) : []),
  ];
}

const WITH_URL = ["webhook", "slack", "alertmanager", "teams", "discord"];

function transportConflicts(type: string, keys: Mapping, path: Path): KeyConflict[] {
  if (WITH_URL.includes(type)) {
    const rotating = "previous-secret-file" in keys && !("secret-file" in keys);
    const message = "has no effect without secret-file; name the newest secret there";
    return [
      ...oneOf(keys, ["url", "url-file"], path),
      ...(rotating ? [{ path: [...path, "previous-secret-file"], message }] : []),
    ];
  }
  if (type === "ntfy") return oneOf(keys, ["topic", "topic-file"], path);
  if (type !== "email" || "username" in keys === "password-file" in keys) return [];
  const [there, missing] = "username" in keys ? ["username", "password-file"] : ["password-file", "username"];
  return [{ path: [...path, there], message: `stands without ${missing}; expected both or none` }];
}

function oneOf(keys: Mapping, names: readonly [string, string], path: Path): KeyConflict[] {
  const present = names.filter((name) => name in keys);
  if (present.length === 1) return [];
  if (present.length === 0) return [{ path, message: `has no ${names[0]}; expected ${alternatives(names)}` }];
  return [{ path: [...path, names[1]], message: `is there beside ${names[0]}; keep one of the two` }];
}

function unknownChannels({ channels }: Mapping, names: ReadonlySet<unknown>, path: Path): KeyConflict[] {
  if (!Array.isArray(channels)) return [];
  return channels.flatMap((name: unknown, index) =>
    typeof name !== "string" || names.has(name) || name === "webhook"
      ? []
      : [{ path: [...path, "channels", index], message: `is ${JSON.stringify(name)}; expected the name of a channel` }],
  );
}

function entries(list: unknown): (readonly [number, Mapping])[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown, index) => (isMapping(item) ? [[index, item] as const] : []));
}
