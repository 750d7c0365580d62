import { useMediaQuery } from "@mantine/hooks";

/** True below 600 px. */
export function useIsPhone(): boolean {
  return useMediaQuery("(max-width: 599.98px)", undefined, { getInitialValueInEffect: false });
}
