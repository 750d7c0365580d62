import { MantineProvider } from "@mantine/core";
import { lazy, Suspense } from "react";
import { GlyphSprite } from "./components/glyph.tsx";
import { PageBoundary } from "./components/page-boundary.tsx";
import { PageFrame } from "./components/page-frame.tsx";
import type { Session } from "./lib/session.ts";
import type { DashboardClient } from "./lib/dashboard-client.ts";
import type { Fleet } from "./lib/fleet.ts";
import { isKiosk } from "./lib/kiosk.ts";
import type { FeedState } from "./lib/feed-state.ts";
import { PastPlaceholder } from "./components/past-banner.tsx";
import { LoadingPage } from "./pages/loading-page.tsx";
import { PageContent } from "./pages/page-content.tsx";
import { DashboardClientContext, useFeedState, usePast } from "./state/dashboard-client-context.ts";
import { useFleetView, usePastView } from "./state/use-fleet-view.ts";
import { SessionContext, useSession } from "./state/use-session.ts";
import { useSearchParameters } from "./state/use-search-parameters.ts";
import { useRoute } from "./state/use-route.ts";
import { theme } from "./theme.ts";

const SignIn = lazy(() => import("./pages/sign-in.tsx"));
const Kiosk = lazy(() => import("./pages/kiosk.tsx"));

/** The whole page. Mantine's variables and classes come from our own files, because the content security policy allows no style element. */
export function App({ client, session = null }: { client: DashboardClient; session?: Session | null }) {
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme={isKiosk(window.location.search) ? "dark" : "auto"}
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <SessionContext value={session}>
        <DashboardClientContext value={client}>
          <GlyphSprite />
          <Page />
        </DashboardClientContext>
      </SessionContext>
    </MantineProvider>
  );
}

function Page() {
  const state = useFeedState();
  const { session, status, needsSignIn } = useSession();
  if (needsSignIn && session !== null && status !== null) {
    return (
      <Suspense>
        <SignIn session={session} status={status} />
      </Suspense>
    );
  }
  return state.fleet === null ? <LoadingPage state={state} /> : <FleetPage state={state} fleet={state.fleet} />;
}

/** The page of the present, or of a past moment; title and announcements stay those of the present. */
function FleetPage({ state, fleet }: { state: FeedState; fleet: Fleet }) {
  const route = useRoute();
  const past = usePast();
  const present = useFleetView(state, fleet);
  const pastView = usePastView(past, present.isDisconnected);
  const [parameters] = useSearchParameters();
  const view = past === null ? present : pastView;
  if (isKiosk(parameters.toString())) {
    return (
      <Suspense>
        <Kiosk state={state} view={view} present={present} />
      </Suspense>
    );
  }
  return (
    <PageFrame state={state} view={view ?? present} present={present} route={route}>
      {view === null ? (
        <PastPlaceholder past={past} />
      ) : (
        <PageBoundary key={route.page}>
          <Suspense>
            <PageContent route={route} view={view} />
          </Suspense>
        </PageBoundary>
      )}
    </PageFrame>
  );
}
