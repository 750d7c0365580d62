import { useEffect, useState } from "react";

const SHOWN_AFTER_MS = 150;

/** True once a component has waited for 150 ms, so that what loads at once shows no placeholder. */
export function useIsWaitingLong(): boolean {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), SHOWN_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return isLong;
}
