import { MantineProvider } from "@mantine/core";
import { GlyphSprite } from "./components/glyph.tsx";
import type { DashboardClient } from "./lib/dashboard-client.ts";
import { Overview } from "./pages/overview.tsx";
import { LoadingPage } from "./pages/loading-page.tsx";
import { DashboardClientContext, useFeedState } from "./state/dashboard-client-context.ts";
import { theme } from "./theme.ts";

/** The whole page. Mantine's variables and classes come from our own files, because the content security policy allows no style element. */
export function App({ client }: { client: DashboardClient }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <DashboardClientContext value={client}>
        <GlyphSprite />
        <Page />
      </DashboardClientContext>
    </MantineProvider>
  );
}

function Page() {
  const state = useFeedState();
  return state.fleet === null ? <LoadingPage state={state} /> : <Overview state={state} fleet={state.fleet} />;
}
