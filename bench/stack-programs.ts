import { fileURLToPath } from "node:url";

/** Programs of the stack beside which haprobe is measured, by their names in Debian. */
export const STACK_PROGRAMS = ["prometheus", "prometheus-blackbox-exporter", "prometheus-alertmanager"] as const;

/** Where `npm run bench` lays those that are not installed. */
export const STACK_FOLDER = fileURLToPath(new URL("../.cache/bench-bin", import.meta.url));
