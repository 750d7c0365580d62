// Runs before the first paint, so that a dark page does not flash white. The content security policy allows no inline script.
(() => {
  let wanted = null;
  let density = null;
  try {
    wanted = localStorage.getItem("mantine-color-scheme-value");
    density = localStorage.getItem("haprobe:density");
  } catch {
    // Without storage the system's preference applies.
  }
  // A wall screen is dark unless light was chosen.
  const kiosk = new URLSearchParams(location.search).get("kiosk") === "1";
  const prefers = kiosk || matchMedia("(prefers-color-scheme: dark)").matches;
  const dark = wanted === "dark" || (wanted !== "light" && prefers);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
  if (density !== null) document.documentElement.setAttribute("data-density", density);
})();
