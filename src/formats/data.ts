/** Plain data, as YAML and JSON have them. */

/** Neither a list nor a single value. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
