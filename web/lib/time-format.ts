const pad = (n: number): string => String(n).padStart(2, "0");
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `14:03:12` in the browser's zone. */
export function formatTimeOfDay(ms: number): string {
  const date = new Date(ms);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

function formatHourMinute(ms: number): string {
  return formatTimeOfDay(ms).slice(0, 5);
}

/** Time of day, with the date before it if that is not the date of `now`. */
export function formatTimestamp(ms: number, now: number): string {
  const date = new Date(ms);
  const today = new Date(now);
  if (date.toDateString() === today.toDateString()) return formatTimeOfDay(ms);
  const year = date.getFullYear() === today.getFullYear() ? "" : ` ${date.getFullYear()}`;
  return `${date.getDate()} ${MONTHS[date.getMonth()] ?? ""}${year} ${formatTimeOfDay(ms)}`;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** `Sun 22 Nov 2026`. */
export function formatDate(ms: number): string {
  const date = new Date(ms);
  return `${DAYS[date.getDay()] ?? ""} ${date.getDate()} ${MONTHS[date.getMonth()] ?? ""} ${date.getFullYear()}`;
}

/** `2026-11-22` in the browser's zone, as an input of a date has it. */
export function dateInputValue(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/** The last millisecond of a day such as `2026-11-22` in the browser's zone; null for any other text. */
export function endOfDay(text: string): number | null {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  const end = new Date(Number(year), Number(month) - 1, Number(day) + 1).getTime() - 1;
  return Number.isFinite(end) ? end : null;
}

/** `14:03:12.104`. */
export function formatPreciseTime(ms: number): string {
  return `${formatTimeOfDay(ms)}.${String(new Date(ms).getMilliseconds()).padStart(3, "0")}`;
}

/** `14:03` where ticks are hours or less apart, else `21 Nov`. */
export function formatTick(ms: number, tickMs: number): string {
  if (tickMs < 86_400_000) return formatHourMinute(ms);
  const date = new Date(ms);
  return `${date.getDate()} ${MONTHS[date.getMonth()] ?? ""}`;
}

/** Milliseconds that the browser's zone is ahead of UTC at that time. */
export function zoneOffset(ms: number): number {
  return -60_000 * new Date(ms).getTimezoneOffset();
}

/** Short name of the browser's time zone at that time: `CET`, `UTC`, `GMT+5:30`. */
export function zoneName(ms: number): string {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts(ms);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "";
}

/** A sentence of haprobe with its times of ISO 8601 as the page shows times. */
export function withLocalTimes(text: string, now: number): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (iso) => formatTimestamp(Date.parse(iso), now));
}
