/** The parts of a JSON schema that are changed. */
interface RelaxedKeywords {
  additionalProperties?: unknown;
  format?: string | undefined;
  pattern?: string | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
}

/**
 * Relaxes a generated schema: objects are open, since fields may be added within a version; the pattern of a `date-time`
 * and the bounds of a safe integer are removed.
 */
export function relaxJsonSchema({ jsonSchema }: { jsonSchema: RelaxedKeywords }): void {
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
