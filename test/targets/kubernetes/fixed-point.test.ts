/** Nothing is written that the API server would drop or write otherwise, on any profile, in any target of its objects. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { nodeFiles } from '../../../src/files/node-files.ts';
import { type SynthOptions, synthesize } from '../../../src/synth.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const files = nodeFiles(root, join(root, 'dist/data'));
const STRANGER = { stack: join(root, 'test/fixtures/stranger/my-stack.yaml') };
const TARGETS = ['kubernetes', 'terraform'];

const CASES: [string, SynthOptions][] = [
  ...['c6i.8xlarge', 't3.large', '4cpu-8gi', '1cpu-3gi', 'm7g.2xlarge', '8cpu-32gi', '2cpu-8gi'].map(
    (profile): [string, SynthOptions] => [profile, { profiles: [profile], platforms: ['kubernetes'] }],
  ),
  ['databases elsewhere', { profiles: ['2cpu-8gi'], platforms: ['gke'], external: ['postgres', 'redis'] }],
  ['values computed at start', { profiles: ['4cpu-8gi'], platforms: ['kubernetes'], mode: 'auto' }],
  ['a stranger', { profiles: ['m7g.xlarge'], platforms: ['eks'], ...STRANGER }],
];

describe.each(CASES)('%s', (_, options) => {
  it.each(TARGETS)('%s', async (target) => {
    const { artifacts } = await synthesize({ ...options, targets: [target] }, files).catch((error) => {
      // Too small for the stack: nothing is written.
      expect(error.code).toMatch(/BUDGET_EXCEEDED|CONSTRAINT_UNSATISFIED|ALLOCATION/);
      return { artifacts: [] };
    });
    const written = artifacts.filter(({ path }) => /\.(yaml|tf\.json)$/.test(path) && !/kustomization/.test(path));
    const found = written.flatMap(({ path, contents }) =>
      parseAllDocuments(contents).flatMap((document) => changedByServer(document.toJS(), path)),
    );
    expect(found).toEqual([]);
  });
});

/** Paths of members that are empty, and of quantities that are not in their shortest form. */
function changedByServer(value: unknown, path: string): string[] {
  // An empty word of a command is a word.
  if (value === null || (value === '' && !/\.\d+$/.test(path))) return [path];
  if (typeof value === 'string') return /^\d+000m$|^\d*\.\d+$|^\d+Ki$/.test(value) ? [path] : longMemory(value, path);
  if (typeof value !== 'object') return [];
  const members = Object.entries(value as object);
  if (members.length === 0) return /(podSelector|pod_selector|provider\.kubernetes\.0)$/.test(path) ? [] : [path];
  return members.flatMap(([name, member]) => changedByServer(member, `${path}.${name}`));
}

/** 1024Mi is 1Gi to the API server, 2048Gi is 2Ti. */
function longMemory(value: string, path: string): string[] {
  const [, digits] = /^(\d+)[MG]i$/.exec(value) ?? [];
  return digits !== undefined && Number(digits) % 1024 === 0 ? [path] : [];
}
