import { type KeyboardEvent, useState } from "react";
import { PAGE_LABELS } from "../lib/page-labels.ts";
import { type PageName, PAGES, pagesOf, type Route, routeOf } from "../lib/route.ts";
import { useSites } from "../state/dashboard-client-context.ts";
import { PageIcon } from "./icons.tsx";
import { PageLink } from "./page-link.tsx";
import "./page-navigation.css";

/** Numbers beside the names of pages; null while a number is not known. */
export interface PageCounts {
  readonly incidents: number;
  /** A text, since more than a page of findings is `100+`. */
  readonly findings: string | null;
}

interface PageNavigationProps {
  readonly route: Route;
  readonly counts: PageCounts;
}

/** The pages in the top bar: words, or icons where there is no room. */
export function PageNavigation({ route, counts }: PageNavigationProps) {
  const pages = pagesOf(useSites().length);
  return (
    <nav className={pages.length < PAGES.length ? "top-pages" : "top-pages top-pages-with-sites"} aria-label="Pages">
      {pages.map((page) => (
        <PageLink
          key={page}
          to={routeOf(page)}
          className="top-page"
          isCurrent={route.page === page}
          title={label(page)}
        >
          <PageIcon page={page} />
          <span className="top-page-word">{label(page)}</span>
          <PageCount page={page} counts={counts} />
        </PageLink>
      ))}
    </nav>
  );
}

const FIRST_PAGES: readonly PageName[] = ["overview", "servers", "incidents"];

/** The pages at the bottom of a phone: three, and the others in a panel. */
export function BottomBar({ route, counts }: PageNavigationProps) {
  const [isOpen, setOpen] = useState(false);
  const morePages = pagesOf(useSites().length).filter((page) => !FIRST_PAGES.includes(page));
  const close = (): void => setOpen(false);
  const isMore = morePages.some((page) => page === route.page);
  const closeOnEscape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !isOpen) return;
    event.preventDefault();
    close();
  };
  const link = (page: PageName) => (
    <PageLink key={page} to={routeOf(page)} className="bottom-page" isCurrent={route.page === page} onOpen={close}>
      {label(page)}
      <PageCount page={page} counts={counts} />
    </PageLink>
  );
  return (
    // The keys of the links inside are handled here.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <nav className="bottom-bar" aria-label="Pages" onKeyDown={closeOnEscape}>
      {isOpen && <div className="bottom-more">{morePages.map(link)}</div>}
      {FIRST_PAGES.map(link)}
      <button
        type="button"
        className={isMore ? "bottom-page bottom-page-current" : "bottom-page"}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        More
      </button>
    </nav>
  );
}

const COUNTED_PAGES: readonly PageName[] = ["incidents", "findings"];

const label = (page: PageName): string => PAGE_LABELS[page].label;

function PageCount({ page, counts }: { page: PageName; counts: PageCounts }) {
  if (page === "incidents" && counts.incidents > 0) {
    return <span className="page-count page-count-open num">{counts.incidents}</span>;
  }
  if (page === "findings" && counts.findings !== null && counts.findings !== "0") {
    return <span className="page-count num">{counts.findings}</span>;
  }
  // A number that comes moves no link.
  return COUNTED_PAGES.includes(page) ? <span className="page-count page-count-none" /> : null;
}
