import type { OpenApi } from "./openapi.ts";

/** A plain index of the API's paths, without script or style; docs/api.md is the description for people. */
export function renderDocsPage({ info, paths = {} }: OpenApi): string {
  const rows = Object.entries(paths).map(
    ([path, { get, post }]) => `<li><code>${escapeHtml(path)}</code> ${escapeHtml((get ?? post)?.summary ?? "")}</li>`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>haprobe API</title><link rel="icon" href="data:,"></head>
<body>
<h1>haprobe API ${escapeHtml(info.version)}</h1>
<p>${escapeHtml(info.description ?? "")}</p>
<p>For any OpenAPI viewer: <a href="../openapi.json">openapi.json</a>; messages of the stream:
<a href="v1/stream.schema.json">stream.schema.json</a>.</p>
<ul>
${rows.join("\n")}
</ul>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
