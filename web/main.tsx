import "@mantine/core/styles/baseline.css";
import "@mantine/core/styles/global.css";
import "@mantine/core/styles/UnstyledButton.css";
import "@mantine/core/styles/CloseButton.css";
import "@mantine/core/styles/Paper.css";
import "@mantine/core/styles/Overlay.css";
import "@mantine/core/styles/ModalBase.css";
import "@mantine/core/styles/Modal.css";
import "@mantine/core/styles/InlineInput.css";
import "@mantine/core/styles/Input.css";
import "./styles/mantine.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/pages.css";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { replaceOldAddress } from "./lib/navigation.ts";
import { DashboardClient } from "./lib/dashboard-client.ts";
import { createRestClient } from "./lib/rest-client.ts";
import { Session } from "./lib/session.ts";
import { createSocketTransport } from "./lib/socket-transport.ts";

const session = new Session(document.baseURI);
const rest = createRestClient(document.baseURI, session);
const clock = {
  wall: () => Date.now(),
  after(ms: number, callback: () => void) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
replaceOldAddress();
const client = new DashboardClient(createSocketTransport(document.baseURI, rest), clock, rest);
client.start();
void session.refresh();
// Nothing is asked for again and again that is refused; the sign-in loads the page anew.
session.subscribe(() => {
  if (session.needsSignIn) client.stop();
});
window.addEventListener("offline", () => client.feed.markOffline());
window.addEventListener("online", () => client.feed.retryNow());
// A browser slows down the timers of a hidden tab.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) client.feed.retryNow();
});
// A page restored from the back/forward cache shows old state, so it is loaded again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(<App client={client} session={session} />);
