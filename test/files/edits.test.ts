/** The package's own files with random edits: each is read and planned, or refused with a SizewrightError. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SizewrightError } from '../../src/errors/errors.ts';
import { checkPlan } from '../../src/plan/check.ts';
import { planSchema } from '../../src/plan/schema.ts';
import { packageFiles } from '../commands.ts';
import { planAll } from '../gathered.ts';

const paths = ['stacks/spatialvortex/stack.yaml', 'postgres', 'redis', 'spatialvortex-api'].map((name) =>
  name.includes('/') ? name : `policies/${name}.yaml`,
);
const originals = Object.fromEntries(
  paths.map((path) => [path, readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')]),
);

const value = fc.constantFrom(
  ...['0', '-1', '1', '5', '1000000', '999999999999999', 'null', 'true', 'yes', '""', '[]', '{}', '[a, b]', '{a: b}'],
  ...['*x', '&x 5', '!t x', 'cores', 'cores - 1', 'availableMiB', 'memoryMiB * memoryMiB', '1 / 0', 'work_mem', '1.5'],
  ...['.inf', '.nan', '0x10', '010', '1e3', 'constructor', '__proto__', '|\n  a', '512Mi', '32GB', 'x'.repeat(300)],
);
const edit = fc.record({
  path: fc.constantFrom(...paths),
  kind: fc.constantFrom('value', 'inner', 'key', 'remove', 'repeat', 'swap'),
  at: fc.nat(),
  other: fc.nat(),
  value,
});

function edited(
  text: string,
  { kind, at, other, value }: Omit<typeof edit extends fc.Arbitrary<infer E> ? E : never, 'path'>,
) {
  const lines = text.split('\n');
  const [one, two] = [at % lines.length, other % lines.length];
  const line = lines[one]!;
  if (kind === 'remove') lines.splice(one, 1);
  else if (kind === 'repeat') lines.splice(two, 0, line);
  else if (kind === 'swap') [lines[one], lines[two]] = [lines[two]!, line];
  else if (kind === 'key') lines[one] = line.replace(/[A-Za-z_-]+:/, () => `${value}:`);
  else if (kind === 'inner')
    lines[one] = line.replace(/(\w+): [^,{}]+([,}])/, (_, key, end) => `${key}: ${value}${end}`);
  else lines[one] = line.replace(/: .*$/, () => `: ${value}`);
  return lines.join('\n');
}

it('any edit is planned or refused in words', async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 2 }), async (edits) => {
      const files = { ...originals };
      for (const one of edits) files[one.path] = edited(files[one.path]!, one);
      let code = 'planned';
      try {
        for (const { plan, platform } of planAll({ profiles: ['c6i.8xlarge'] }, ['host'], packageFiles(files))) {
          const read = JSON.parse(JSON.stringify(plan));
          expect(planSchema.parse(read)).toEqual(read);
          expect(checkPlan(plan, platform)).toEqual([]);
        }
      } catch (error) {
        if (!(error instanceof SizewrightError)) throw error;
        code = error.code;
        for (const { message } of error.problems) {
          expect(message).toMatch(/^expected ./);
          expect(message).not.toMatch(/expected ,|undefined|\[object|another value|match pattern/);
        }
      }
      seen.set(code, (seen.get(code) ?? 0) + 1);
    }),
    { seed: 14, numRuns: 150 },
  );
  for (const code of ['planned', 'YAML_SYNTAX', 'POLICY_INVALID', 'STACK_INVALID'])
    expect(seen.get(code), code).toBeGreaterThan(5);
}, 20_000);
