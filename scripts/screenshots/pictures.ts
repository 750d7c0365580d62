import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import type { Scene } from "./scene.ts";

/** Takes a picture of a page below the dashboard's address, in every size and theme. */
export type TakePicture = (name: string, path: string, prepare?: (page: Page) => Promise<void>) => Promise<void>;

const waitFor =
  (selector: string) =>
  async (page: Page): Promise<void> =>
    page.locator(selector).first().waitFor();

/** Plays the scene and takes the pictures of its acts; at first it runs for `warmUpMs`, which the strips show. */
export async function playPictures(scene: Scene, warmUpMs: number, take: TakePicture): Promise<void> {
  await pause(warmUpMs);
  await take("overview-agreement", "", waitFor(".band"));
  const before = new Date().toISOString();
  await scene.setMode("cp-2", { kind: "etcd" });
  await pause(12_000);
  await scene.setMode("web-03", { kind: "closed" });
  await pause(3_000);
  await take("overview-mismatch", "", waitFor(".card"));
  await take("servers", "servers", waitFor("[data-key]"));
  await take("server-detail", "servers/lb-1/k8s-api/cp-2", waitFor(".chart canvas"));
  await take("past", `?at=${before}`, waitFor(".past-banner"));
  for (const name of ["incidents", "numbers", "findings", "notifications", "settings"]) await take(name, name);
  await scene.stopHaproxy("lb-2");
  await pause(8_000);
  await take("state-silent", "", waitFor(".banner"));
}
