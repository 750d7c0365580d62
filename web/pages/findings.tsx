import { Fragment, useMemo, useState } from "react";
import { CommandText } from "../components/command-text.tsx";
import type { Finding } from "../../server/contract/finding.ts";
import { CureBlock } from "../components/cure-block.tsx";
import { PageLink } from "../components/page-link.tsx";
import { PresentNote } from "../components/present-note.tsx";
import { ResourceView } from "../components/resource-view.tsx";
import { SearchField } from "../components/search-field.tsx";
import { SiteControls } from "../components/site-controls.tsx";
import { type CureGroup, findingSites, groupByCure, reporterText, subjectText } from "../lib/cure.ts";
import { formatPlural } from "../lib/quantity-format.ts";
import { routeOf } from "../lib/route.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { useDashboardClient, useSites } from "../state/dashboard-client-context.ts";
import { useResource } from "../state/use-resource.ts";
import { useSearchParameters } from "../state/use-search-parameters.ts";
import { useSiteParameters } from "../state/use-site-parameters.ts";
import "./findings.css";

const REFRESH_MS = 10_000;
const FINDINGS_MAX = 10_000;
const SHOWN = 6;

interface FindingsAnswer {
  readonly findings: readonly Finding[];
  readonly next: string | null;
}

/** Standing problems besides mismatches, grouped by what cures them. */
export default function Findings() {
  const [findings, retry] = useResource<FindingsAnswer>(`api/v1/findings?limit=${FINDINGS_MAX}`, REFRESH_MS);
  return (
    <div className="content">
      <h1 className="visually-hidden">Findings</h1>
      <PresentNote />
      <ResourceView resource={findings} name="Findings" onRetry={retry}>
        {(value) => <FindingGroups findings={value.findings} isCut={value.next !== null} />}
      </ResourceView>
    </div>
  );
}

function FindingGroups({ findings, isCut }: { findings: readonly Finding[]; isCut: boolean }) {
  const client = useDashboardClient();
  const [parameters, change] = useSearchParameters();
  const text = parameters.get("q") ?? "";
  const code = parameters.get("code");
  const codes = [...new Set(findings.map((finding) => finding.code))];
  const sites = useSiteParameters();
  const { selected, isGrouped } = sites;
  const placed = useMemo(() => {
    const instances = client.feed.state.fleet?.instances.values() ?? [];
    const siteOf = new Map(Array.from(instances, ({ name, site }) => [name, site] as const));
    return findings.map((finding) => ({ finding, sites: findingSites(finding, siteOf) }));
  }, [client, findings]);
  const sections = useMemo(() => {
    const servers = [...(client.feed.state.fleet?.servers.values() ?? [])];
    const shown = placed.filter(
      ({ finding, sites: of }) =>
        (code === null || finding.code === code) &&
        (selected.length === 0 || of.some((site) => selected.includes(site))) &&
        matches(finding, text),
    );
    const toGroups = (part: typeof shown): CureGroup[] =>
      groupByCure(
        part.map(({ finding }) => finding),
        servers,
      );
    if (!isGrouped) return [{ title: null, groups: toGroups(shown) }];
    const bySite = Map.groupBy(shown, ({ sites: of }) => of.toSorted().join(", "));
    return [...bySite]
      .map(([site, part]) => ({ title: site === "" ? "haprobe itself" : site, groups: toGroups(part) }))
      .sort((a, b) => (a.title < b.title ? -1 : 1));
  }, [client, placed, code, text, selected, isGrouped]);
  if (findings.length === 0) {
    return (
      <p className="block list-empty">
        <b>Nothing to improve.</b> Every check asks what the probe asks, and haprobe itself reports no problem.
      </p>
    );
  }
  return (
    <>
      <div className="filters">
        <SearchField label="Search findings" text={text} onText={(q) => change({ q })} />
        {codes.map((each) => (
          <button
            key={each}
            type="button"
            className="button filter-toggle"
            aria-pressed={code === each}
            onClick={() => change({ code: code === each ? "" : each })}
          >
            {each}
          </button>
        ))}
        <SiteControls {...sites} counts={sites.count(placed.map((each) => each.sites))} />
        <span className="filters-count muted num">
          {formatPlural(findings.length, "finding")}
          {isCut && ", more are not shown"}
        </span>
      </div>
      {sections.every(({ groups }) => groups.length === 0) && (
        <div className="no-match block">
          <p>
            <b>No finding matches.</b>
          </p>
          <button type="button" className="button" onClick={() => change({ q: "", code: "", site: "" })}>
            Clear
          </button>
        </div>
      )}
      {sections.map(({ title, groups }) => (
        <Fragment key={title}>
          {title !== null && <h2 className="page-title">{title}</h2>}
          {groups.map((group) => (
            <FindingGroup key={group.id} group={group} />
          ))}
        </Fragment>
      ))}
    </>
  );
}

function FindingGroup({ group }: { group: CureGroup }) {
  const [areAllShown, showAll] = useState(false);
  const { code, advice, lines, findings } = group;
  const shown = areAllShown ? findings : findings.slice(0, SHOWN);
  return (
    <section className="block finding" aria-label={`${code}: ${advice}`}>
      <header className="finding-head">
        <span className="tag">{code}</span>
        <h2>
          <CommandText text={advice} />
        </h2>
        <p className="finding-gain">{gainText(group)}</p>
      </header>
      {lines.length > 0 && <CureBlock lines={lines} label="the cure" />}
      <ul className="finding-places">
        {shown.map((finding) => (
          <FindingPlace key={finding.id} finding={finding} />
        ))}
      </ul>
      {findings.length > SHOWN && (
        <button type="button" className="button" aria-expanded={areAllShown} onClick={() => showAll(!areAllShown)}>
          {areAllShown ? "Fewer" : `and ${findings.length - SHOWN} more`}
        </button>
      )}
    </section>
  );
}

function FindingPlace({ finding }: { finding: Finding }) {
  const now = useDashboardClient().time().now;
  const { subject, sentence, since } = finding;
  const sites = useSites();
  const place = subjectText(subject);
  const reporters = reporterText(finding, sites);
  return (
    <li>
      {subject.backend === null ? (
        <b>{place}</b>
      ) : (
        <PageLink to={routeOf("servers")} parameters={{ q: `${subject.instance}/${subject.backend}` }}>
          {place}
        </PageLink>
      )}
      <span>
        {sentence}
        {reporters !== "" && <span className="muted">, by {reporters}</span>}
      </span>
      <span className="muted num" title={since}>
        since {formatTimestamp(Date.parse(since), now)}
      </span>
    </li>
  );
}

/** `apply this once and 12 servers are seen`. */
function gainText({ code, servers, findings, lines }: CureGroup): string {
  if (servers === 0) return findings.length > 1 ? `in ${findings.length} places` : "";
  const count = formatPlural(servers, "server");
  const isCheck = code.startsWith("check-") && lines.length > 0;
  if (!isCheck) return findings.length > 1 ? `${count} in ${findings.length} places` : count;
  const once = findings.length > 1 ? `Apply this in ${findings.length} backends` : "Apply this once";
  return `${once} and ${count} ${servers === 1 ? "is" : "are"} seen`;
}

function matches({ code, sentence, advice, subject, vantages }: Finding, text: string): boolean {
  const reporters = vantages.map(({ vantage, site }) => `${vantage} ${site}`).join(" ");
  const haystack = `${code} ${sentence} ${advice} ${subjectText(subject)} ${reporters}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}
