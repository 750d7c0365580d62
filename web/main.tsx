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
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { DashboardClient } from "./lib/dashboard-client.ts";
import { createSocketTransport } from "./lib/socket-transport.ts";

const client = new DashboardClient(createSocketTransport(document.baseURI), {
  wall: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
});
client.start();
window.addEventListener("offline", () => client.feed.markOffline());
window.addEventListener("online", () => client.feed.retryNow());
// A page restored from the back/forward cache shows old state, so it is loaded again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(<App client={client} />);
