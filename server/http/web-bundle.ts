import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import express, { type Request, type RequestHandler } from "express";
import type { Encoding } from "./compression.ts";

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>haprobe</title></head>
<body><h1>haprobe runs, but its dashboard is not built</h1>
<p>Build it with <code>npm run build:web</code>, then load this page again.</p>
<p>Meanwhile: <a href="/api/v1/servers">/api/v1/servers</a>, <a href="/metrics">/metrics</a>,
<a href="/readyz">/readyz</a>.</p></body></html>
`;

/** First segments of paths that are no page of the dashboard, so that an unknown path below them is 404. */
const NON_PAGE_SEGMENTS: ReadonlySet<string> = new Set(["api", "assets", "socket.io", "metrics", "livez", "readyz"]);

/** Serves the built dashboard from `webRoot`, below `basePath` where a proxy has one. Files in `assets/` have a hash in their name and are immutable. */
export function webBundle(webRoot: string | null, basePath: string): RequestHandler {
  const router = express.Router();
  if (webRoot !== null) {
    router.use(preferCompressed(webRoot));
    router.use(
      "/assets",
      express.static(join(webRoot, "assets"), { index: false, redirect: false, immutable: true, maxAge: "365d" }),
    );
    router.use(express.static(webRoot, { index: false, redirect: false, cacheControl: false, setHeaders: setNoCache }));
  }
  router.use((request, response, next) => {
    if (!isPageRequest(request)) return next();
    setNoCache(response);
    return readPage(webRoot, baseHref(request.path, basePath)).then((page) => response.type("html").send(page));
  });
  return router;
}

const SUFFIXES: Readonly<Record<Encoding, string>> = { br: ".br", gzip: ".gz" };
/** The smaller one first: browsers name gzip before br, with the same weight. */
const ENCODINGS = ["br", "gzip"] as const satisfies readonly Encoding[];

/** Sends `FILE.br` or `FILE.gz`, which the build made, in place of a file to clients that accept it. */
function preferCompressed(webRoot: string): RequestHandler {
  const names = existsSync(webRoot) ? readdirSync(webRoot, { recursive: true, encoding: "utf8" }) : [];
  const files = new Set(names.map((name) => `/${name}`));
  return (request, response, next) => {
    const { path } = request;
    if (!files.has(path + SUFFIXES.br)) return next();
    response.vary("Accept-Encoding");
    const encoding = ENCODINGS.find((name) => request.acceptsEncodings(name) === name);
    if (encoding === undefined) return next();
    response.type(extname(path)).set("content-encoding", encoding);
    request.url = path + SUFFIXES[encoding];
    next();
  };
}

/**
 * Where the page's files are, seen from its address: the public path, which has no slash at its end in some addresses. Where
 * none is configured the way up, since a proxy may have a path of its own.
 */
function baseHref(path: string, basePath: string): string {
  const depth = path.split("/").length - 2;
  return basePath === "" ? "../".repeat(depth) || "./" : `${basePath}/`;
}

async function readPage(webRoot: string | null, base: string): Promise<string> {
  if (webRoot === null) return NOT_BUILT;
  try {
    const page = await readFile(join(webRoot, "index.html"), "utf8");
    return page.replace("<head>", () => `<head><base href="${base}">`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return NOT_BUILT;
    throw error;
  }
}

function setNoCache(response: { setHeader(name: string, value: string): unknown }): void {
  response.setHeader("cache-control", "no-cache");
}

/** True for the request of a browser that opens or reloads a page. */
function isPageRequest(request: Request): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  const [, first = "", ...deeper] = request.path.split("/");
  if (first === "") return deeper.length === 0;
  return /^[\w-]+$/.test(first) && !NON_PAGE_SEGMENTS.has(first) && /\btext\/html\b/.test(request.headers.accept ?? "");
}
