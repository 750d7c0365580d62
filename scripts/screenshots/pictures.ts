import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import type { Incident } from "../../server/contract/incident.ts";
import type { Scene } from "./scene.ts";

/** What a picture needs besides its address. */
export interface PictureSteps {
  /** Runs before the page is opened. */
  readonly before?: (page: Page) => Promise<unknown>;
  /** The picture is taken as soon as the page shows it, before the page is opened in another size. */
  readonly isAtOnce?: boolean;
  /** Runs once, when the page is open in every size and theme. */
  readonly act?: () => Promise<void>;
  /** Runs then, until it shows what the picture is about. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** Takes a picture of a page of this dashboard, in every size and theme. */
export type TakePicture = (name: string, url: string, steps?: PictureSteps) => Promise<void>;

const HEAL_DEADLINE_MS = 180_000;
/** A connection is given up within this time. */
const DISCONNECT_MS = 8_000;
/** A hub has heard of every server within this time. */
const HUB_MS = 12_000;
/** haprobe knows that it is blind, and that it is not any more, within this time. */
const BLIND_MS = 15_000;

const showing = (selector: string, timeout = 30_000): PictureSteps => ({
  prepare: (page) => page.locator(selector).first().waitFor({ timeout }),
});

/** Plays the scene and takes the pictures of its acts; at first it runs for `warmUpMs`, in which traffic begins. */
export async function playPictures(scene: Scene, warmUpMs: number, take: TakePicture): Promise<void> {
  const at = (path: string): string => new URL(path, scene.url).href;
  await pause(warmUpMs);
  await scene.setMode("cp-2", { kind: "etcd" });
  await pause(20_000);
  await take("overview-mismatch", at(""), {
    act: () => scene.setMode("web-03", { kind: "closed" }),
    ...showing(".unconfirmed-verdict"),
  });
  await take("kiosk", at("?kiosk=1"), showing(".kiosk"));
  await take("servers", at("servers"), showing("[data-key]"));
  await take("server-detail", at("servers/lb-1/k8s-api/cp-2"), showing(".chart canvas, .drawer-fold"));
  await take("incidents", at("incidents"), showing(".incident-row"));
  await take("incident", at(`incidents/${await incidentOf(scene, "cp-2")}`), showing(".timeline"));
  for (const name of ["numbers", "findings", "notifications", "settings"]) {
    await take(name, at(name), showing("main .panel, main .block"));
  }
  await scene.acknowledge(await incidentOf(scene, "cp-2"), "mara", "etcd disk full on cp-2, cleaning");
  await take("overview-acknowledged", at(""), showing(".band-acknowledged"));
  const during = new Date().toISOString();
  await take("state-toast", at(""), {
    async act() {
      await scene.setMode("cp-2", { kind: "healthy" });
      await scene.setMode("web-03", { kind: "healthy" });
    },
    ...showing(".toast", HEAL_DEADLINE_MS),
  });
  await scene.setMode("web-11", { kind: "healthy" });
  await scene.untilCalm(HEAL_DEADLINE_MS);
  await take("overview-calm", at(""), showing(".band"));
  await take("past", at(`?at=${during}`), showing(".past-banner"));
  await takeHub(scene, take);
  await scene.untilCalm(HEAL_DEADLINE_MS);
  scene.setBlind(true);
  await pause(BLIND_MS);
  await take("state-blind", at(""), showing(".banner"));
  scene.setBlind(false);
  await pause(BLIND_MS);
  await scene.stopHaproxy("lb-2");
  await pause(DISCONNECT_MS);
  await take("state-silent", at(""), showing(".banner"));
  await take("state-loading", at(""), { before: holdAnswers, isAtOnce: true, ...showing(".skeleton") });
  await take("state-disconnected", at(""), {
    async prepare(page) {
      await page.locator(".band").waitFor();
      await scene.disconnect(page);
      await page.locator(".banner-disconnected").waitFor();
    },
  });
  await take("sign-in", at(""), { before: refuseReading, ...showing("input[type=password]") });
  await scene.stopHaprobe();
  await take("state-first-run", await scene.startFirstRun(), showing(".first-run"));
}

/** The pages of a hub with two sites, in one of which a server fails; as many as differ from those of one haprobe. */
async function takeHub(scene: Scene, take: TakePicture): Promise<void> {
  await using hub = await scene.startHub();
  if (hub === null) return;
  const at = (path: string): string => new URL(path, hub.url).href;
  await pause(HUB_MS);
  await scene.setMode("img-02", { kind: "etcd" });
  await pause(HUB_MS);
  await take("hub-overview", at(""), showing(".card"));
  await take("hub-sites", at("sites"), showing(".site-row, main li"));
  await take("hub-servers", at("servers?group=site"), showing("[data-key]"));
  await take("hub-server-detail", at("servers/lb-1/img-cache/img-02"), showing(".vantage-sides"));
  await scene.setMode("img-02", { kind: "healthy" });
}

async function incidentOf(scene: Scene, server: string): Promise<string> {
  const answer = await fetch(new URL("api/v1/incidents?open=true&brief=true", scene.url));
  const { incidents } = (await answer.json()) as { incidents: readonly Incident[] };
  return incidents.find(({ members }) => members.some((member) => member.server === server))?.id ?? "none";
}

/** Answers as a haprobe that serves reading only after a sign-in. */
function refuseReading(page: Page): Promise<unknown> {
  return page.route("**/api/v1/session", async (route) => {
    const status = (await (await route.fetch()).json()) as object;
    await route.fulfill({ json: { ...status, canRead: false, tokensRequired: true, signIn: ["password"] } });
  });
}

/** Leaves every answer of the API out, so that the page waits for it. */
function holdAnswers(page: Page): Promise<unknown> {
  return page.route("**/api/v1/**", () => {});
}
