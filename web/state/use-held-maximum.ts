import { useEffect, useState } from "react";

/** A count that grows at once and shrinks only after `holdMs` at a lower value, so that what it sizes does not flicker. */
export function useHeldMaximum(count: number, holdMs: number): number {
  const [held, setHeld] = useState(count);
  if (count > held) setHeld(count);
  useEffect(() => {
    if (count >= held) return;
    const timer = setTimeout(() => setHeld(count), holdMs);
    return () => clearTimeout(timer);
  }, [count, held, holdMs]);
  return Math.max(held, count);
}
