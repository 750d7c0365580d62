import { useState } from "react";
import { IdlePanels, LastIncidents } from "../components/idle-panels.tsx";
import { VerdictCounters } from "../components/verdict-counters.tsx";
import { HeaderBand } from "../components/header-band.tsx";
import { MismatchCard } from "../components/mismatch-card.tsx";
import type { RemarkKind } from "../components/remark-form.tsx";
import { ServerList } from "../components/server-list.tsx";
import { UnconfirmedRows } from "../components/unconfirmed-rows.tsx";
import { countBackendServers, countByVerdict, countHealthyLeft, countHealthyServers } from "../lib/backend-group.ts";
import { acknowledgementOf, type MismatchGroup } from "../lib/mismatch-group.ts";
import { navigate } from "../lib/navigation.ts";
import { formatThousands } from "../lib/quantity-format.ts";
import { serverHref } from "../lib/server-address.ts";
import { useCopyShortcuts } from "../state/use-copy-shortcuts.ts";
import type { FleetView } from "../state/use-fleet-view.ts";
import { useKeyboardShortcuts } from "../state/use-keyboard-shortcuts.ts";
import { useSentMessages } from "../state/use-sent-messages.ts";
import { useViewQuery } from "../state/use-view-query.ts";
import "./overview.css";

const CARDS = 6;
const NONE: MismatchGroup["members"] = [];

/** The main page: headline, counters, mismatch cards, all servers. */
export function Overview({ view }: { view: FleetView }) {
  const { servers, mismatches, headline, isReadOnly, moment } = view;
  const [query, change] = useViewQuery();
  const [form, setForm] = useState<{ readonly mismatch: string; readonly kind: RemarkKind } | null>(null);
  const counts = countByVerdict(servers);
  const sent = useSentMessages(moment === null && mismatches.some(({ incidents }) => incidents.length > 0));
  const [worst] = mismatches;
  useCopyShortcuts(moment === null && worst !== undefined ? worst.members : NONE);
  useKeyboardShortcuts({
    a: () => {
      const mismatch = mismatches.slice(0, CARDS).find(isUnacknowledged);
      setForm(mismatch === undefined ? null : { mismatch: mismatch.id, kind: "acknowledge" });
    },
  });
  return (
    <>
      <HeaderBand headline={headline} isDisconnected={isReadOnly} />
      <div className="content">
        <VerdictCounters counts={counts} selected={query.verdicts} onSelect={(kinds) => change({ verdicts: kinds })} />
        {mismatches.length > 0 && (
          <section className="cards" aria-label="Mismatches">
            {mismatches.slice(0, CARDS).map((mismatch) => (
              <MismatchCard
                key={mismatch.id}
                mismatch={mismatch}
                sent={sent}
                backendSize={countBackendServers(servers, mismatch.first)}
                healthyLeft={
                  mismatch.isHealing
                    ? countHealthyServers(servers, mismatch.first)
                    : countHealthyLeft(servers, mismatch.first)
                }
                isDisconnected={isReadOnly}
                isPast={moment !== null}
                onShowDetail={(key) => navigate(serverHref(key, query))}
                form={form?.mismatch === mismatch.id ? form.kind : null}
                onForm={(kind) => setForm(kind === null ? null : { mismatch: mismatch.id, kind })}
              />
            ))}
          </section>
        )}
        {mismatches.length > CARDS && (
          <button
            type="button"
            className="button"
            onClick={() => change({ verdicts: ["false-up", "false-down"], text: "" })}
          >
            and {formatThousands(mismatches.length - CARDS)} more
          </button>
        )}
        {mismatches.length === 0 && view.unconfirmed.length === 0 && headline.variant === "ok" && moment === null && (
          <IdlePanels view={view} />
        )}
        <UnconfirmedRows
          servers={view.unconfirmed}
          spansSites={view.fleet.sites.length > 1}
          onShowAll={() => change({ verdicts: ["suspected"] })}
        />
        <ServerList layout="backends" view={view} openKey={null} onClose={() => {}} />
        {mismatches.length === 0 && <LastIncidents />}
      </div>
    </>
  );
}

function isUnacknowledged(mismatch: MismatchGroup): boolean {
  return mismatch.incidents.length > 0 && acknowledgementOf(mismatch) === null;
}
