import { MantineProvider } from "@mantine/core";
import { GlyphSprite } from "./components/glyph.tsx";
import type { Session } from "./lib/session.ts";
import { Overview } from "./pages/overview.tsx";
import { Waiting } from "./pages/waiting.tsx";
import { SessionContext, useLiveState } from "./state/session-context.ts";
import { theme } from "./theme.ts";

/** The whole page. Mantine's variables and classes are in our own files: the policy allows no style element. */
export function App({ session }: { session: Session }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <SessionContext value={session}>
        <GlyphSprite />
        <Page />
      </SessionContext>
    </MantineProvider>
  );
}

function Page() {
  const state = useLiveState();
  return state.fleet === null ? <Waiting state={state} /> : <Overview state={state} fleet={state.fleet} />;
}
