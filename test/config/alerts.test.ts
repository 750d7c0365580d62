import { describe, expect, test } from "vitest";
import { renderSettings } from "../../server/config/render.ts";
import type { AlertSettings, RouteSettings } from "../../server/contract/alert-settings.ts";
import { DEFAULT_NOTICES } from "../../server/contract/notification.ts";
import { errorTextsOf, loadText, settingsOf } from "./load-text.ts";

const CHAT = "alerts: {channels: [{name: chat, slack: {url-file: chat.url}}]}";

function alertsOf(text: string, request = {}): AlertSettings {
  return settingsOf(loadText(text, request)).alerts;
}

/** The settings of one route. */
function routeOf(keys: string): RouteSettings {
  const { routes } = alertsOf(`alerts: {channels: [{name: chat, slack: {url-file: x}}], routes: [{${keys}}]}`);
  const [route] = routes;
  if (route === undefined) throw new Error("no route");
  return route;
}

describe("one channel with a name and a type is a whole configuration", () => {
  test("that sends everything to it", () => {
    const { channels, routes, notices, retry } = alertsOf(CHAT);
    expect(channels).toEqual([
      {
        name: "chat",
        transport: { type: "slack", url: { kind: "file", path: "/cfg/chat.url" }, flavor: "slack" },
        timeoutMs: 10_000,
        perMinute: 20,
      },
    ]);
    expect(routes).toMatchObject([
      { name: "default", match: {}, channels: ["chat"], waitMs: 5_000, groupWaitMs: 2_000, groupBy: ["backend"] },
    ]);
    expect(notices).toEqual(DEFAULT_NOTICES);
    expect(retry).toEqual({ firstMs: 2_000, maxMs: 1_800_000, forMs: 86_400_000 });
  });

  test("and so is --webhook", () => {
    const webhook = "http://127.0.0.1:9000/in";
    const { channels, routes } = alertsOf("{}", { webhook });
    expect(channels).toMatchObject([{ name: "webhook", transport: { type: "webhook", url: { text: webhook } } }]);
    expect(routes[0]?.channels).toEqual(["webhook"]);
    expect(alertsOf(CHAT, { webhook }).routes[0]?.channels).toEqual(["chat", "webhook"]);
    expect(errorTextsOf(loadText("{}", { webhook: "ftp://x" }))[0]).toMatch(
      /^--webhook: the value is no http or https URL/,
    );
  });
});

describe("a route", () => {
  test("without wait has no group-wait either", () => {
    expect(routeOf("wait: 0s").groupWaitMs).toBe(0);
    expect(routeOf("wait: 1s").groupWaitMs).toBe(1_000);
    expect(routeOf("wait: 0s, group-wait: 3s").groupWaitMs).toBe(3_000);
  });

  test("has a name that stays the same when other entries move", () => {
    const page = "{match: {urgency: critical}}";
    const named = (list: string): (string | undefined)[] =>
      alertsOf(`alerts: {channels: [{name: chat, slack: {url-file: x}}], routes: [${list}]}`).routes.map(
        ({ name }) => name,
      );
    expect(named(`${page}, {match: {site: fra}}`)[0]).toBe(named(`{match: {site: ber}}, ${page}`)[1]);
  });

  test("matches labels of the instance, and may never repeat", () => {
    expect(routeOf("match: {label.team: web, urgency: critical}, repeat: never")).toMatchObject({
      match: { urgency: ["critical"], labels: { team: ["web"] } },
      repeatMs: null,
    });
  });
});

test("one line switches a notice on or off", () => {
  const { notices } = alertsOf("alerts: {also: [server-down], except: [split]}");
  expect(notices).toContain("server-down");
  expect(notices).not.toContain("split");
});

describe("what does not go together is an error", () => {
  test.each([
    ["channels: [{name: a}]", "alerts.channels[0] has no type; expected one of webhook"],
    [
      "channels: [{name: a, teams: {url: 'http://x'}, discord: {url: 'http://x'}}]",
      "alerts.channels[0].discord stands beside teams",
    ],
    ["channels: [{name: a, slack: {}}]", "alerts.channels[0].slack has no url; expected url or url-file"],
    [
      "channels: [{name: a, slack: {url: 'http://x', url-file: y}}]",
      "alerts.channels[0].slack.url-file is there beside url",
    ],
    ["channels: [{name: a, ntfy: {}}]", "alerts.channels[0].ntfy has no topic"],
    [
      "channels: [{name: a, webhook: {url: 'http://x', previous-secret-file: y}}]",
      "alerts.channels[0].webhook.previous-secret-file has no effect without secret-file",
    ],
    [
      "channels: [{name: a, email: {server: m, from: a@b, to: c@d, username: u}}]",
      "alerts.channels[0].email.username stands without password-file",
    ],
    [
      "channels: [{name: a, teams: {url: 'http://x'}}, {name: a, teams: {url: 'http://y'}}]",
      "alerts.channels[1].name is the name of alerts.channels[0] too",
    ],
    ["routes: [{match: {backend: '/k8s-.*/'}}]", "is a regular expression; expected a pattern such as k8s-*"],
    ["routes: [{channels: [chat]}]", 'alerts.routes[0].channels[0] is "chat"; expected the name of a channel'],
    [
      "routes: [{hours: {cron: '61 * * * *'}}]",
      'alerts.routes[0].hours.cron is "61 * * * *"; expected five fields of cron',
    ],
    ["routes: [{hours: {cron: '* * * * *', time-zone: Mars/Base}}]", "alerts.routes[0].hours.time-zone is"],
  ])("%s", (keys, message) => {
    expect(errorTextsOf(loadText(`alerts: {${keys}}`)).join("\n")).toContain(message);
  });
});

describe("secrets", () => {
  const text = "channels: [{name: a, webhook: {url: 'https://h.example/s3cret', headers: {X-Token: t0ken}}}]";

  test("are not in what config print writes", () => {
    const printed = renderSettings(settingsOf(loadText(`alerts: {${text}}`)));
    expect(printed).toContain("https://h.example/<redacted>");
    expect(printed).not.toMatch(/s3cret|t0ken/);
  });

  test("are not in what config print writes of any header, nor of a URL that stands beside a secret", () => {
    const printed = renderSettings(
      settingsOf(
        loadText(`alerts:
  channels:
    - {name: a, webhook: {url-file: a, headers: {X-Whatever: s3cret}}}
    - {name: b, pagerduty: {url: "https://ops:s3cret@pd.example/v2?auth=s3cret", routing-key-file: k}}
    - {name: c, ntfy: {url: "https://ops:s3cret@ntfy.example", topic-file: t}}
    - {name: d, telegram: {url: "https://ops:s3cret@tg.example/x", bot-token-file: t, chat-id: "1"}}
  heartbeat: {url: "https://ops:s3cret@hc.example/s3cret"}
`),
      ),
    );
    expect(printed).not.toContain("s3cret");
    expect(printed).toContain("https://<redacted>@pd.example/v2?auth=<redacted>");
  });

  test("are not in the error about a URL", () => {
    const wrong = loadText("alerts: {channels: [{name: a, teams: {url: 'htp://h.example/s3cret'}}]}");
    expect(errorTextsOf(wrong).join()).not.toContain("s3cret");
  });
});

test("what config print writes loads to the same settings", () => {
  const all = `alerts:
  channels:
    - {name: hook, webhook: {url-file: a, secret-file: b, previous-secret-file: c}, timeout: 5s}
    - {name: slack, slack: {url-file: a, flavor: mattermost}}
    - {name: pager, pagerduty: {routing-key-file: a}, per-minute: 100}
    - {name: am, alertmanager: {url-file: a, bearer-token-file: b}}
    - {name: mail, email: {server: "m:25", tls: none, username: u, password-file: p, from: a@b.c, to: [c@d.e]}}
    - {name: teams, teams: {url-file: a}}
    - {name: discord, discord: {url-file: a}}
    - {name: ntfy, ntfy: {topic-file: a, token-file: b}}
    - {name: telegram, telegram: {bot-token-file: a, chat-id: -100}}
  routes:
    - {name: r, match: {verdict: false-up, label.team: "w*"}, channels: [hook], continue: true, wait: 0s, group-by: [], repeat: never,
       send-resolved: false, hours: {cron: "* 8-17 * * 1-5", time-zone: Europe/Berlin}}
  silences: [{name: s, match: {backend: batch}, starts: {cron: "0 2 * * 0"}, for: 2h}]
  also: [server-down]
  except: [split]
  certificate: never
  retry: {first: 1s, max: 1m, for: 1h}
  heartbeat: {url-file: h, every: 5m}
`;
  const settings = settingsOf(loadText(all));
  expect(settingsOf(loadText(renderSettings(settings))).alerts).toEqual(settings.alerts);
});
