import type { HttpProbe } from "../contract/target.ts";
import { SECRET_NAME, secretQueryValues } from "../contract/redact-query.ts";

const REDACTED = "[redacted]";

/** The forms in which a server may echo a secret: as it is, in JSON, HTML, a URL, a URL in another one and base64, longest first. */
export function secretForms(secret: string): readonly string[] {
  const forms = [secret, ...jsonForms(secret), ...urlForms(secret), ...htmlForms(secret), ...base64Forms(secret)];
  return sortForms(forms);
}

/** Replaces all forms of secrets in a text. */
export function redactSecrets(text: string, forms: readonly string[]): string {
  return forms.reduce((shown, form) => shown.replaceAll(form, REDACTED), text);
}

const ruleForms = new WeakMap<HttpProbe, readonly string[]>();

/** The forms of the secrets in a rule's own query and headers, by their names. */
export function ruleSecretForms(probe: HttpProbe): readonly string[] {
  const cached = ruleForms.get(probe);
  if (cached !== undefined) return cached;
  const headers = Object.entries(probe.headers).filter(([name, value]) => SECRET_NAME.test(name) && value !== "");
  const secrets = [...secretQueryValues(probe.path), ...headers.map(([, value]) => value)];
  const forms = sortForms(secrets.flatMap(secretForms));
  ruleForms.set(probe, forms);
  return forms;
}

/** Libraries write slashes, angle brackets and letters beyond ASCII as they are or as escapes. */
function jsonForms(secret: string): string[] {
  const plain = JSON.stringify(secret).slice(1, -1);
  const escaped = (text: string, characters: RegExp): string =>
    text.replaceAll(characters, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const forms = [
    plain,
    escaped(plain, /[<>&]/g),
    escaped(plain, /[<>&'\u0080-\uffff]/g),
    escaped(plain, /[\u0080-\uffff]/g),
  ];
  return forms.flatMap((form) => [form, form.replaceAll("/", "\\/")]);
}

/** Libraries escape slashes and the marks that `encodeURIComponent` leaves, or not. */
function urlForms(secret: string): string[] {
  const url = encodeURIComponent(secret.toWellFormed());
  const marks = /[!'()*]/g;
  const strict = url.replace(marks, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [url, strict, url.replaceAll("%2F", "/"), encodeURI(secret.toWellFormed())];
  const spaced = forms.flatMap((form) => [form, form.replaceAll("%20", "+")]);
  const single = spaced.flatMap((form) => [form, form.replace(/%../g, (escape) => escape.toLowerCase())]);
  return single.flatMap((form) => [form, encodeURIComponent(form)]);
}

function htmlForms(secret: string): string[] {
  const form = secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const quoted = ["&quot;", "&#34;"].map((quote) => form.replaceAll('"', quote));
  return [form, ...quoted.flatMap((text) => ["&#39;", "&#x27;", "&apos;"].map((mark) => text.replaceAll("'", mark)))];
}

/** Shorter texts occur in base64 by chance. */
const BASE64_MIN_CHARS = 4;

/** A secret as a part of a base64 text begins at one of three offsets; the characters shared with its neighbours are left out. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret, "utf8");
  return [0, 1, 2].flatMap((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor((padded.length * 8) / 6);
    const whole = padded.toString("base64").slice(from, to);
    const forms = [whole, whole.replaceAll("+", "-").replaceAll("/", "_")];
    return forms.filter((form) => form.length >= BASE64_MIN_CHARS);
  });
}

/** Longest first and each once, so that no form leaves the rest of a longer one. */
export function sortForms(forms: readonly string[]): readonly string[] {
  return [...new Set(forms)].toSorted((a, b) => b.length - a.length);
}
