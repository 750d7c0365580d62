/** What of a JSON schema is looked at here. */
interface RelaxedKeywords {
  additionalProperties?: unknown;
  format?: string | undefined;
  pattern?: string | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
}

/**
 * Takes out of a generated schema what would promise too much or says nothing: objects are open, since fields may be
 * added within a version; a `date-time` needs no pattern of 300 characters, and a number no bound of its own precision.
 */
export function relaxJsonSchema({ jsonSchema }: { jsonSchema: RelaxedKeywords }): void {
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
