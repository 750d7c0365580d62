import { useDashboardClient, usePast } from "./dashboard-client-context.ts";
import { useKeyboardShortcuts } from "./use-keyboard-shortcuts.ts";

/** While the page shows a past moment, `←` and `→` step from change to change. */
export function useMomentShortcuts(): void {
  const client = useDashboardClient();
  const past = usePast();
  useKeyboardShortcuts(
    past === null ? {} : { ArrowLeft: () => void client.stepMoment(-1), ArrowRight: () => void client.stepMoment(1) },
  );
}
