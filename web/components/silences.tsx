import { TextInput } from "@mantine/core";
import { type RefObject, type SubmitEvent, useRef, useState } from "react";
import type { SilenceStatus } from "../../server/contract/alert-api.ts";
import { readOwnName, writeOwnName } from "../lib/own-name.ts";
import { formatMatch, MATCH_KEYS, type Matcher, matchersOf, toMatch } from "../lib/silence-match.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { useDashboardClient, useIsLive } from "../state/dashboard-client-context.ts";
import { useResource } from "../state/use-resource.ts";
import { useSearchParameters } from "../state/use-search-parameters.ts";
import { useEscape } from "../state/use-escape.ts";
import { useFormFocus } from "../state/use-form-focus.ts";
import { useWrite } from "../state/use-write.ts";
import { ResourceView } from "./resource-view.tsx";
import { WriteButton } from "./write-button.tsx";
import { WriteFields } from "./write-fields.tsx";

const REFRESH_MS = 5_000;
const DURATIONS: readonly (readonly [string, number])[] = [
  ["30 min", 1_800],
  ["2 h", 7_200],
  ["8 h", 28_800],
  ["24 h", 86_400],
  ["7 d", 604_800],
];

/** The silences that are in force or will be, each with a way to end it, and a form for another one. */
export function Silences() {
  const client = useDashboardClient();
  const [parameters, change] = useSearchParameters();
  const [silences, retry] = useResource<{ readonly silences: readonly SilenceStatus[] }>("api/v1/silences", REFRESH_MS);
  const about = parameters.get("silence");
  const isOpen = about !== null;
  const opener = useRef<HTMLButtonElement>(null);
  const now = client.time().now;
  return (
    <section className="block panel" aria-label="Silences" tabIndex={-1}>
      <div className="panel-head">
        <h2 className="panel-title">Silences</h2>
        {!isOpen && (
          <button ref={opener} type="button" className="button" onClick={() => change({ silence: "new" })}>
            New silence…
          </button>
        )}
      </div>
      {about !== null && (
        <SilenceForm
          key={about}
          serverKey={about}
          opener={opener}
          onClose={() => change({ silence: "" })}
          onDone={() => {
            change({ silence: "" });
            client.toasts.add({ title: "Silence made" });
            retry();
          }}
        />
      )}
      <ResourceView resource={silences} name="Silences" onRetry={retry}>
        {(value) => (
          <>
            {value.silences.length === 0 && (
              <p className="muted">None. What a silence holds is still shown and counted.</p>
            )}
            <ul className="silences">
              {value.silences.map((silence) => (
                <li key={silence.id}>
                  <p>
                    <b>{formatMatch(silence.match)}</b> <span className="tag">{silence.state}</span>
                  </p>
                  <p>{silence.reason}</p>
                  <p className="muted num">
                    by {silence.author}, until {formatTimestamp(Date.parse(silence.until), now)}
                  </p>
                  {silence.state !== "ended" && (
                    <WriteButton
                      label="End silence"
                      request={() => client.write(`api/v1/silences/${encodeURIComponent(silence.id)}/end`, {})}
                      onDone={() => {
                        client.toasts.add({ title: "Silence ended" });
                        retry();
                      }}
                    />
                  )}
                </li>
              ))}
            </ul>
          </>
        )}
      </ResourceView>
    </section>
  );
}

interface SilenceFormProps {
  readonly serverKey: string;
  /** The button that takes the focus when it closes. */
  readonly opener: RefObject<HTMLButtonElement | null>;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function SilenceForm({ serverKey, opener, onClose, onDone }: SilenceFormProps) {
  const client = useDashboardClient();
  const isLive = useIsLive();
  const write = useWrite();
  const form = useRef<HTMLFormElement>(null);
  useFormFocus(form, false, opener);
  useEscape(form, onClose);
  const [matchers, setMatchers] = useState<readonly Matcher[]>(() => matchersOf(serverKey));
  const [seconds, setSeconds] = useState(7_200);
  const [name, setName] = useState(readOwnName);
  const [reason, setReason] = useState("");
  const setMatcher = (index: number, part: Partial<Matcher>): void => {
    setMatchers(matchers.map((matcher, i) => (i === index ? { ...matcher, ...part } : matcher)));
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    writeOwnName(name.trim());
    const body = { match: toMatch(matchers), seconds, reason: reason.trim(), name: name.trim() };
    void write.send(() => client.write("api/v1/silences/add", body)).then((done) => done !== null && onDone());
  };
  return (
    <form ref={form} className="silence-form" aria-label="New silence" onSubmit={submit}>
      <fieldset className="matchers">
        <legend>Alerts with all of these; * stands for any text</legend>
        {matchers.map(({ key, patterns }, i) => (
          <div className="matcher" key={`${i}-${key}`}>
            <select
              aria-label="What is compared"
              value={key}
              onChange={(event) => {
                const chosen = MATCH_KEYS.find((each) => each === event.currentTarget.value);
                if (chosen !== undefined) setMatcher(i, { key: chosen });
              }}
            >
              {MATCH_KEYS.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
            <TextInput
              size="xs"
              aria-label={`Patterns of ${key}`}
              placeholder="k8s-*"
              value={patterns}
              onChange={(event) => setMatcher(i, { patterns: event.currentTarget.value })}
            />
          </div>
        ))}
        <button
          type="button"
          className="button"
          onClick={() => setMatchers([...matchers, { key: "server", patterns: "" }])}
        >
          Another
        </button>
      </fieldset>
      <div className="segments" role="group" aria-label="For how long">
        {DURATIONS.map(([label, value]) => (
          <button
            key={value}
            type="button"
            className="button segment num"
            aria-pressed={seconds === value}
            onClick={() => setSeconds(value)}
          >
            {label}
          </button>
        ))}
      </div>
      <p className="muted num">Until {formatTimestamp(client.time().now + seconds * 1_000, client.time().now)}</p>
      <TextInput
        size="xs"
        label="Reason"
        required
        maxLength={2_000}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <TextInput
        size="xs"
        label="Your name"
        required
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <WriteFields write={write} />
      <div className="form-buttons">
        <button type="submit" className="button button-strong" disabled={!isLive || write.isSending}>
          Silence
        </button>
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  );
}
