const pad = (n: number): string => String(n).padStart(2, "0");
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `14:03:12` in the browser's zone. */
export function formatTimeOfDay(ms: number): string {
  const date = new Date(ms);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** `14:03` for an axis. */
export function formatHourMinute(ms: number): string {
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

/** Short name of the browser's time zone at that time: `CET`, `UTC`, `GMT+5:30`. */
export function zoneName(ms: number): string {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts(ms);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "";
}
