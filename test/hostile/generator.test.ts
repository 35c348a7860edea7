/**
 * Text that means something to some reader, in every field of the input files that takes text: it stands in every file
 * of every target in its own place, or is refused by a coded problem. The fields come from the schemas.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { overridesSchema } from '../../src/decide/schema.ts';
import { SizewrightError } from '../../src/errors.ts';
import { nodeSchema } from '../../src/platform/schema.ts';
import { policySchema } from '../../src/policy/schema.ts';
import { boxSchema } from '../../src/profile/schema.ts';
import { targets } from '../../src/render/index.ts';
import type { Artifact } from '../../src/render/target.ts';
import { stackSchema } from '../../src/stack/schema.ts';
import { synthesize } from '../../src/synth.ts';
import { memoryFiles } from '../samples.ts';
import {
  BASE_CONTAINER,
  BASE_MACHINE,
  BASE_NODES,
  BASE_OVERRIDES,
  BASE_STACK,
  basePolicy,
  DELIVERIES,
} from './base.ts';
import { placesIn, textPlaces, withText } from './places.ts';
import { HARMLESS, misplaced } from './same-place.ts';
import { TEXTS } from './texts.ts';

const SCHEMAS: Record<string, z.ZodType> = {
  policy: policySchema,
  stack: stackSchema,
  overrides: overridesSchema,
  container: boxSchema,
  machine: boxSchema,
  nodes: nodeSchema,
};

const documentsOf = (delivery: string): Record<string, object> => ({
  policy: basePolicy(delivery),
  stack: BASE_STACK,
  overrides: BASE_OVERRIDES,
  container: BASE_CONTAINER,
  machine: BASE_MACHINE,
  nodes: BASE_NODES,
});

const WITHOUT_COMPUTING = ['helm', 'ecs', 'cloud-run', 'terraform-module', 'pulumi', 'monitoring'];
/** Every target in every mode that it has. */
const RUNS = targets.flatMap(({ name, platforms }) => {
  const platform = platforms.includes('node') ? 'kubernetes' : platforms[0]!;
  const modes = WITHOUT_COMPUTING.includes(name) ? (['exact'] as const) : (['exact', 'auto'] as const);
  return modes.map((mode) => ({
    target: name,
    platform: name === 'env' || name === 'docker' || name === 'compose' ? 'host' : platform,
    mode,
  }));
});

async function filesWith(documents: Record<string, object>, run: (typeof RUNS)[number]): Promise<readonly Artifact[]> {
  const files = memoryFiles({
    'policies/demo.yaml': JSON.stringify(documents.policy),
    'policies/store.yaml': JSON.stringify({ ...basePolicy('flags'), policy: 'store' }),
    'my/stack.yaml': JSON.stringify(documents.stack),
    'my/overrides.yaml': JSON.stringify(documents.overrides),
    'container.yaml': JSON.stringify(documents.container),
    'machine.yaml': JSON.stringify(documents.machine),
    'nodes.yaml': JSON.stringify(documents.nodes),
  });
  const { target, platform, mode } = run;
  const external = target === 'cloud-run' ? ['db'] : [];
  const onNodes = platform === 'kubernetes';
  const { artifacts } = await synthesize(
    {
      stack: 'my/stack.yaml',
      overrides: 'my/overrides.yaml',
      profiles: [onNodes ? 'machine.yaml' : 'container.yaml'],
      targets: [target],
      platforms: [onNodes ? './nodes.yaml' : platform],
      mode,
      external,
    },
    files,
  );
  return artifacts;
}

/** Files, or nothing where the input was refused as input is refused. */
async function tryFiles(
  documents: Record<string, object>,
  run: (typeof RUNS)[number],
): Promise<readonly Artifact[] | undefined> {
  try {
    return await filesWith(documents, run);
  } catch (error) {
    if (!(error instanceof SizewrightError)) throw error;
    for (const { code } of error.problems) expect(code).toMatch(/^[A-Z][A-Z_]+$/);
    return undefined;
  }
}

const CASES = Object.entries(SCHEMAS).flatMap(([file, schema]) => textPlaces(schema).map((place) => ({ file, place })));

/** One schema has two kinds of documents. */
function schemaIsShared(file: string): boolean {
  return file === 'container' || file === 'machine';
}

test.each(CASES.map(({ file, place }) => [file, place.join('.'), place] as const))(
  'the base documents have %s %s',
  (file, _, place) => {
    const inFile = schemaIsShared(file) ? ['container', 'machine'] : [file];
    const found = Object.keys(DELIVERIES).flatMap((delivery) =>
      inFile.flatMap((one) => placesIn(documentsOf(delivery)[one], place)),
    );
    expect(found.length).toBeGreaterThan(0);
  },
);

describe.each(Object.keys(DELIVERIES))('with values as %s', (delivery) => {
  test.each(RUNS)('the base documents are taken by $target in mode $mode', async (run) => {
    expect((await filesWith(documentsOf(delivery), run)).length).toBeGreaterThan(0);
  });
});

const SITES = CASES.flatMap(({ file, place }) =>
  Object.keys(DELIVERIES).flatMap((delivery) =>
    placesIn(documentsOf(delivery)[file], place).map((path) => ({ file, path, delivery })),
  ),
);

test('a text stands in its place, or is refused', async () => {
  let arrived = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SITES),
      fc.constantFrom(...TEXTS),
      fc.constantFrom(...RUNS),
      async (site, text, run) => {
        const documents = documentsOf(site.delivery);
        const withIt = (value: string) => ({
          ...documents,
          [site.file]: withText(documents[site.file]!, site.path, value),
        });
        const hostile = await tryFiles(withIt(text), run);
        if (hostile === undefined) return;
        const harmless = await tryFiles(withIt(HARMLESS), run);
        if (harmless === undefined) return;
        arrived += 1;
        // Google Cloud takes fewer labels than Kubernetes; the target leaves the others out.
        if (run.target === 'cloud-run' && site.path.includes('labels')) return;
        expect(misplaced(harmless, hostile, text)).toEqual([]);
      },
    ),
    { numRuns: 300, seed: 1, endOnFailure: true },
  );
  expect(arrived).toBeGreaterThan(50);
}, 300_000);
