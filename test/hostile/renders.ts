/** What every target makes of input files with a text in one of their fields. */
import { expect } from 'vitest';
import type { z } from 'zod';
import { SizewrightError } from '../../src/errors/errors.ts';
import { boxSchema } from '../../src/hardware/schema.ts';
import { overridesSchema } from '../../src/plan/decide/overrides-schema.ts';
import { nodeSchema } from '../../src/platforms/schema.ts';
import { policySchema } from '../../src/policy/schema.ts';
import { stackSchema } from '../../src/stack/schema.ts';
import { synthesize } from '../../src/synth.ts';
import { targets } from '../../src/targets/index.ts';
import type { Artifact } from '../../src/targets/target.ts';
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
import { HARMLESS } from './same-place.ts';

const SCHEMAS: Record<string, z.ZodType> = {
  policy: policySchema,
  stack: stackSchema,
  overrides: overridesSchema,
  container: boxSchema,
  machine: boxSchema,
  nodes: nodeSchema,
};

const IN_SHARED_NAMESPACE = { ...BASE_STACK, deploy: { ...BASE_STACK.deploy, namespace: { existing: 'shop-space' } } };

export const documentsOf = (delivery: string): Record<string, object> => ({
  policy: basePolicy(delivery),
  stack: delivery === 'flags' ? IN_SHARED_NAMESPACE : BASE_STACK,
  overrides: BASE_OVERRIDES,
  container: BASE_CONTAINER,
  machine: BASE_MACHINE,
  nodes: BASE_NODES,
});

const WITHOUT_COMPUTING = ['helm', 'ecs', 'cloud-run', 'terraform-module', 'pulumi', 'monitoring'];
/** Every target in every mode that it has. */
export const RUNS = targets.flatMap(({ name, platforms }) => {
  const platform = platforms.includes('node') ? 'kubernetes' : platforms[0]!;
  const modes = WITHOUT_COMPUTING.includes(name) ? (['exact'] as const) : (['exact', 'auto'] as const);
  return modes.map((mode) => ({
    target: name,
    platform: name === 'env' || name === 'docker' || name === 'compose' ? 'host' : platform,
    mode,
  }));
});

export type Run = (typeof RUNS)[number];

export async function filesWith(documents: Record<string, object>, run: Run): Promise<readonly Artifact[]> {
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
async function tryFiles(documents: Record<string, object>, run: Run): Promise<readonly Artifact[] | undefined> {
  try {
    return await filesWith(documents, run);
  } catch (error) {
    if (!(error instanceof SizewrightError)) throw error;
    for (const { code } of error.problems) expect(code).toMatch(/^[A-Z][A-Z_]+$/);
    return undefined;
  }
}

export const CASES = Object.entries(SCHEMAS).flatMap(([file, schema]) =>
  textPlaces(schema).map((place) => ({ file, place })),
);

export const SITES = CASES.flatMap(({ file, place }) =>
  Object.keys(DELIVERIES).flatMap((delivery) =>
    placesIn(documentsOf(delivery)[file], place).map((path) => ({ file, path, delivery })),
  ),
);

/** Files made of a text and of a harmless one in the same field; nothing where either was refused. */
export async function rendered(
  { file, path, delivery }: (typeof SITES)[number],
  text: string,
  run: Run,
): Promise<{ harmless: readonly Artifact[]; hostile: readonly Artifact[] } | undefined> {
  const documents = documentsOf(delivery);
  const withIt = (value: string) => ({ ...documents, [file]: withText(documents[file]!, path, value) });
  const hostile = await tryFiles(withIt(text), run);
  const harmless = hostile && (await tryFiles(withIt(HARMLESS), run));
  return hostile && harmless && { harmless, hostile };
}
