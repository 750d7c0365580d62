import { useState } from "react";
import { type Numbers as NumbersAnswer, NUMBERS_BY, type NumbersRow } from "../../server/contract/history.ts";
import { PageLink } from "../components/page-link.tsx";
import { ResourceView } from "../components/resource-view.tsx";
import { SearchField } from "../components/search-field.tsx";
import { SortHead } from "../components/sort-head.tsx";
import { VerdictBar } from "../components/verdict-bar.tsx";
import {
  DEFAULT_SORT,
  NUMBERS_COLUMNS,
  type NumbersColumn,
  type NumbersSort,
  rowName,
  sortNumbers,
} from "../lib/numbers-table.ts";
import { formatElapsed, formatPlural, formatThousands } from "../lib/quantity-format.ts";
import { routeOf } from "../lib/route.ts";
import { formatSortOrder, nextSortOrder, parseSortOrder } from "../lib/sort-order.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { useDashboardClient, usePast } from "../state/dashboard-client-context.ts";
import { useResource } from "../state/use-resource.ts";
import { useSearchParameters } from "../state/use-search-parameters.ts";
import "./numbers.css";

const HOUR_MS = 3_600_000;
const RANGES: readonly (readonly [string, number])[] = [
  ["1h", HOUR_MS],
  ["24h", 24 * HOUR_MS],
  ["7d", 7 * 24 * HOUR_MS],
  ["30d", 30 * 24 * HOUR_MS],
  ["400d", 400 * 24 * HOUR_MS],
];
const REFRESH_MS = 60_000;
const ROWS_MAX = 10_000;
const SHOWN = 200;

/** Sums over a time range: per server, backend or instance. Range, kind, filter and sort are in the address. */
export default function Numbers() {
  const client = useDashboardClient();
  const [parameters, change] = useSearchParameters();
  const moment = usePast()?.at ?? null;
  const by = NUMBERS_BY.find((each) => each === parameters.get("by")) ?? "backend";
  const [rangeId, rangeMs] = RANGES.find(([id]) => id === parameters.get("range")) ?? ["24h", 24 * HOUR_MS];
  const text = parameters.get("q") ?? "";
  // The beginning stays, so that the path stays the same while it is loaded again; the end is now.
  const [openedAt] = useState(() => client.time().now);
  const query = new URLSearchParams({ by, from: new Date((moment ?? openedAt) - rangeMs).toISOString() });
  if (moment !== null) query.set("to", new Date(moment).toISOString());
  const path = `api/v1/numbers?${query.toString()}`;
  const [numbers, retry] = useResource<NumbersAnswer>(`${path}&limit=${ROWS_MAX}`, REFRESH_MS);
  const sort = parseSortOrder(parameters.get("sort"), NUMBERS_COLUMNS, DEFAULT_SORT);
  return (
    <div className="content">
      <h1 className="visually-hidden">Numbers</h1>
      <div className="filters">
        <SearchField label="Search names" text={text} onText={(q) => change({ q })} />
        <div className="segments" role="group" aria-label="Sums by">
          {NUMBERS_BY.map((each) => (
            <button
              key={each}
              type="button"
              className="button segment"
              aria-pressed={by === each}
              onClick={() => change({ by: each === "backend" ? "" : each })}
            >
              {each.charAt(0).toUpperCase() + each.slice(1)}
            </button>
          ))}
        </div>
        <div className="segments" role="group" aria-label="Range">
          {RANGES.map(([id]) => (
            <button
              key={id}
              type="button"
              className="button segment num"
              aria-pressed={rangeId === id}
              onClick={() => change({ range: id === "24h" ? "" : id })}
            >
              {id}
            </button>
          ))}
        </div>
        <a className="button" href={`${path}&format=csv`} download>
          CSV
        </a>
      </div>
      <ResourceView resource={numbers} name="Numbers" onRetry={retry}>
        {(value) => (
          <NumbersTable
            answer={value}
            text={text}
            sort={sort}
            onSort={(column) => change({ sort: formatSortOrder(nextSortOrder(sort, column, ["name"]), DEFAULT_SORT) })}
          />
        )}
      </ResourceView>
    </div>
  );
}

const HEADS: readonly (readonly [NumbersColumn, string])[] = [
  ["falselyUp", "Falsely UP"],
  ["misrouted", "Misrouted"],
  ["incidents", "Incidents"],
  ["meanLag", "Mean lag"],
  ["worstLag", "Worst lag"],
  ["unnoticed", "Unnoticed"],
];

interface NumbersTableProps {
  readonly answer: NumbersAnswer;
  readonly text: string;
  readonly sort: NumbersSort;
  readonly onSort: (column: NumbersColumn) => void;
}

function NumbersTable({ answer, text, sort, onSort }: NumbersTableProps) {
  const [areAllShown, showAll] = useState(false);
  const words = text.toLowerCase().split(/\s+/);
  const matching = answer.numbers.filter((row) => words.every((word) => rowName(row).toLowerCase().includes(word)));
  const rows = sortNumbers(matching, sort);
  const now = Date.parse(answer.to);
  return (
    <>
      <p className="muted num">
        From {formatTimestamp(Date.parse(answer.from), now)} to {formatTimestamp(now, now)};{" "}
        {formatPlural(matching.length, "row")}. Lag: until HAProxy took the server out.
        {answer.next !== null && " More are in the CSV."}
      </p>
      {answer.numbers.length === 0 && (
        <p className="block list-empty">
          <b>Nothing was recorded in this time.</b>
        </p>
      )}
      {answer.numbers.length > 0 && rows.length === 0 && (
        <p className="block list-empty">
          <b>No name matches.</b>
        </p>
      )}
      {rows.length > 0 && (
        <div className="block numbers" role="table" aria-label="Numbers">
          <div className="numbers-row numbers-head" role="row">
            <SortHead column="name" sort={sort} onSort={onSort}>
              {answer.by.charAt(0).toUpperCase() + answer.by.slice(1)}
            </SortHead>
            <span role="columnheader">Time in each verdict</span>
            {HEADS.map(([column, label]) => (
              <SortHead key={column} column={column} sort={sort} onSort={onSort} className="numbers-value">
                {label}
              </SortHead>
            ))}
          </div>
          {(areAllShown ? rows : rows.slice(0, SHOWN)).map((row) => (
            <NumbersLine key={`${row.site} ${rowName(row)}`} row={row} />
          ))}
        </div>
      )}
      {rows.length > SHOWN && !areAllShown && (
        <button type="button" className="button numbers-more" onClick={() => showAll(true)}>
          and {formatThousands(rows.length - SHOWN)} more
        </button>
      )}
    </>
  );
}

function NumbersLine({ row }: { row: NumbersRow }) {
  const { instance, backend, server, servers, falselyUpMinutes, misrouted, incidents, unnoticed } = row;
  const lag = (ms: number | null): string => (ms === null ? "–" : formatElapsed(ms));
  const search = [instance, backend, server].filter((name) => name !== null).join("/");
  return (
    <div className="numbers-row" role="row">
      <span role="rowheader" className="numbers-name">
        <PageLink to={routeOf("servers")} parameters={{ q: search }}>
          {rowName(row)}
        </PageLink>
        {server === null && <span className="muted num"> {formatPlural(servers, "server")}</span>}
      </span>
      <span role="cell" className="numbers-bar">
        <VerdictBar row={row} />
      </span>
      <Value label="Falsely UP" isStrong={falselyUpMinutes > 0}>
        {falselyUpMinutes === 0 ? "0 min" : formatElapsed(falselyUpMinutes * 60_000)}
      </Value>
      <Value label="Misrouted" isStrong={misrouted > 0}>
        {formatThousands(misrouted)}
      </Value>
      <Value label="Incidents">{formatThousands(incidents)}</Value>
      <Value label="Mean lag">{lag(row.meanDetectionLagMs)}</Value>
      <Value label="Worst lag">{lag(row.worstDetectionLagMs)}</Value>
      <Value label="Unnoticed">{formatThousands(unnoticed)}</Value>
    </div>
  );
}

function Value({ label, isStrong = false, children }: { label: string; isStrong?: boolean; children: string }) {
  return (
    <span role="cell" className="numbers-value num">
      <span className="numbers-label muted" aria-hidden="true">
        {label}
      </span>
      {isStrong ? <b>{children}</b> : children}
    </span>
  );
}
