import type { OpenApi } from "./openapi.ts";

/** What of a JSON Schema is shown. */
interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly const?: string | number;
  readonly additionalProperties?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly description?: string;
}

/** The API's description as a page of plain HTML: no script, nothing from elsewhere, its style in `docs.css` beside it. */
export function renderDocsPage(api: OpenApi): string {
  const paths = Object.entries(api.paths ?? {});
  const schemas = Object.entries(api.components?.schemas ?? {});
  const list = [
    ...paths.map(([path]) => `<li><a href="#${anchor(path)}"><code>${escapeHtml(path)}</code></a></li>`),
    ...schemas.map(([name]) => `<li><a href="#${anchor(name)}">${escapeHtml(name)}</a></li>`),
  ];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>haprobe API</title><link rel="icon" href="data:,"><link rel="stylesheet" href="docs.css"></head>
<body>
<nav aria-label="Contents"><ul>${list.join("")}</ul></nav>
<main>
<h1>haprobe API <small>${escapeHtml(api.info.version)}</small></h1>
<p>${renderText(api.info.description ?? "")}</p>
<p>The same for machines: <a href="../openapi.json">openapi.json</a>, <a href="v1/stream.schema.json">stream.schema.json</a>.</p>
<h2>Paths</h2>
${paths.map(([path, item]) => operationHtml(path, item.get)).join("\n")}
<h2>Objects</h2>
${schemas.map(([name, schema]) => schemaHtml(name, schema as Schema)).join("\n")}
</main>
</body>
</html>
`;
}

type Operation = NonNullable<NonNullable<OpenApi["paths"]>[string]>["get"];

function operationHtml(path: string, operation: Operation): string {
  if (operation === undefined) return "";
  const { summary = "", description = "", parameters = [], responses = {} } = operation;
  const asked = parameters.filter((parameter) => "name" in parameter);
  const rows = asked.map((parameter) => [
    `<code>${escapeHtml(parameter.name)}</code>`,
    `${parameter.in}${parameter.required === true ? ", required" : ""}`,
    typeHtml((parameter.schema ?? {}) as Schema),
    renderText(parameter.description ?? ""),
  ]);
  const answers = Object.entries(responses).flatMap(([status, response]) =>
    response === undefined || "$ref" in response ? [] : [renderDocumentedResponse(status, response)],
  );
  return `<section id="${anchor(path)}">
<h3><span>GET</span> <code>${escapeHtml(path)}</code></h3>
<p>${renderText(summary)}.</p>${description === "" ? "" : `<p>${renderText(description)}</p>`}
${renderTable(["parameter", "in", "type", "meaning"], rows)}
<dl>${answers.join("")}</dl>
</section>`;
}

interface DocumentedResponse {
  readonly description?: string;
  readonly content?: Readonly<Record<string, unknown>>;
}

function renderDocumentedResponse(status: string, { description = "", content = {} }: DocumentedResponse): string {
  const bodies = Object.entries(content).map(([type, value]) => {
    const { schema, example } = value as { schema?: Schema; example?: unknown };
    const shown =
      example === undefined
        ? ""
        : `<details><summary>example</summary><pre>${escapeHtml(JSON.stringify(example, null, 2))}</pre></details>`;
    return `<dd><code>${escapeHtml(type)}</code>${schema === undefined ? "" : ` ${typeHtml(schema)}`}${shown}</dd>`;
  });
  return `<dt>${escapeHtml(status)}</dt><dd>${renderText(description)}</dd>${bodies.join("")}`;
}

function schemaHtml(name: string, schema: Schema): string {
  const { properties = {}, enum: words = [], description = "" } = schema;
  const rows = Object.entries(properties).map(([field, value]) => [
    `<code>${escapeHtml(field)}</code>`,
    typeHtml(value),
    renderText(value.description ?? ""),
  ]);
  return `<section id="${anchor(name)}">
<h3>${escapeHtml(name)}</h3>
<p>${renderText(description)}</p>
${words.length === 0 ? "" : `<p>${renderEnum(words)}</p>`}
${renderTable(["field", "type", "meaning"], rows)}
</section>`;
}

/** The type of a value in a few words, with links to the objects that have a name. */
function typeHtml(schema: Schema): string {
  const { $ref: ref, anyOf, type = "anything", items = {}, enum: words, additionalProperties: more } = schema;
  if (ref !== undefined) {
    const name = ref.slice(ref.lastIndexOf("/") + 1);
    return `<a href="#${anchor(name)}">${escapeHtml(name)}</a>`;
  }
  if (anyOf !== undefined) return anyOf.map(typeHtml).join(" or ");
  if (schema.const !== undefined) return `<code>${escapeHtml(JSON.stringify(schema.const))}</code>`;
  if (words !== undefined) return renderEnum(words);
  if (type === "array") return `list of ${typeHtml(items)}`;
  if (type === "object" && more !== undefined) return `map to ${typeHtml(more)}`;
  const members = Object.keys(schema.properties ?? {});
  if (members.length > 0) return `{${members.map((name) => `<code>${escapeHtml(name)}</code>`).join(", ")}}`;
  return escapeHtml(typeof type === "string" ? type : type.join(" or "));
}

function renderEnum(words: readonly string[]): string {
  return words.map((word) => `<code>${escapeHtml(word)}</code>`).join(" ");
}

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("\n");
  return `<table><thead><tr>${head.map((cell) => `<th scope="col">${cell}</th>`).join("")}</tr></thead>
<tbody>${body}</tbody></table>`;
}

/** Text with its `code` marked. */
function renderText(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, "<code>$1</code>");
}

function anchor(name: string): string {
  return name.replace(/[^\w.]+/g, "-").replace(/^-|-$/g, "");
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
