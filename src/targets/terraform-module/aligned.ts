/** A name and an expression of HCL. */
export type Member = readonly [name: string, value: string];

/** `name = value` lines as `terraform fmt` aligns them. */
export function aligned(members: readonly Member[]): string[] {
  const width = Math.max(...members.map(([name]) => name.length));
  return members.map(([name, value]) => `${name.padEnd(width)} = ${value}`);
}
