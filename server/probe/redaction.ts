import type { HttpProbe } from "../contract/target.ts";
import { SECRET_NAME, secretQueryValues } from "../contract/redact-query.ts";

const REDACTED = "[redacted]";

/** The forms in which a server may echo a secret: as it is, in JSON, in a URL and in base64, longest first. */
export function secretForms(secret: string): readonly string[] {
  const url = encodeURIComponent(secret);
  const forms = [secret, JSON.stringify(secret).slice(1, -1), url, url.replaceAll("%20", "+"), lowerCaseEscapes(url)];
  return sortForms([...forms, ...base64Forms(secret)]);
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

function lowerCaseEscapes(url: string): string {
  return url.replace(/%../g, (escape) => escape.toLowerCase());
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
