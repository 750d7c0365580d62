import type { ServerStatus } from "../../server/contract/status.ts";
import { copyText } from "../lib/copy-text.ts";
import { curlCommand, drainCommands, restoreCommands } from "../lib/operator-commands.ts";
import { useDashboardClient } from "./dashboard-client-context.ts";
import { useKeyboardShortcuts } from "./use-keyboard-shortcuts.ts";

/** `c` copies the command that drains these servers, of one fault, or restores the first, and `v` the one that repeats the probe of the first; nothing where there is none. */
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
          c: () => void copy(commandForNow(members), `the command for ${first.server}`),
          v: () => void copy(curlCommand(first), `the command that probes ${first.server}`),
        },
  );
}

function commandForNow(members: readonly ServerStatus[]): string | undefined {
  return [...drainCommands(members), ...restoreCommands(members)][0]?.command;
}
