import type { ServerStatus } from "../../server/contract/status.ts";
import { copyText } from "../lib/copy-text.ts";
import { curlCommand, drainCommands } from "../lib/operator-commands.ts";
import { useDashboardClient } from "./dashboard-client-context.ts";
import { useKeyboardShortcuts } from "./use-keyboard-shortcuts.ts";

/** `c` copies the command that drains these servers, of one fault, and `v` the one that repeats the probe of the first; nothing where there is none. */
export function useCopyShortcuts(members: readonly ServerStatus[]): void {
  const { toasts } = useDashboardClient();
  const copy = async (text: string | null | undefined, label: string): Promise<void> => {
    if (text != null && (await copyText(text))) toasts.add({ title: "Copied", text: label });
  };
  const [first] = members;
  // Without servers the keys are left to another list of the page.
  useKeyboardShortcuts(
    first === undefined
      ? {}
      : {
          c: () => void copy(drainCommands(members)[0]?.command, `the command that drains ${first.server}`),
          v: () => void copy(curlCommand(first), `the command that probes ${first.server}`),
        },
  );
}
