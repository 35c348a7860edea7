/**
 * Every remedy that a finding or an error names is tried: the message is provoked, what it names is read from its text and
 * done, and the message is gone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Finding, type Problem, SizewrightError } from '../src/errors.ts';
import type { PlanOptions } from '../src/request.ts';
import { packageFiles } from './commands.ts';
import { planAll } from './gathered.ts';
import { DEMO_POLICY, DEMO_STACK, replaceOnce } from './samples.ts';

interface Asked {
  options: PlanOptions;
  platform: string;
  files?: Readonly<Record<string, string>>;
}
type Said = Pick<Finding | Problem, 'code' | 'path' | 'message'>;

/** What a plan says, findings and errors alike. */
function heard({ options, platform, files = {} }: Asked): readonly Said[] {
  try {
    return planAll(options, [platform], packageFiles(files)).flatMap(({ plan }) => plan.findings);
  } catch (error) {
    if (error instanceof SizewrightError) return error.problems;
    throw error;
  }
}

/** Flags that a message names: `--max api.DB_POOL_SIZE=4` as what to ask for then. */
function withFlags(message: string, asked: Asked): Asked | undefined {
  const flags = [...message.matchAll(/--(set|min|max) ([a-z][\w-]*\.\w+=\d+)/g)];
  if (flags.length === 0) return undefined;
  const options: PlanOptions = { ...asked.options };
  for (const [, flag, text] of flags as unknown as [string, 'set' | 'min' | 'max', string][])
    options[flag] = [...(options[flag] ?? []), text];
  return { ...asked, options };
}

const number = (text: string) => Number(text.replaceAll(',', ''));

/** The first profile with other memory, for an error that says which limit would do. */
function withMemory(asked: Asked, memoryMiB: number): Asked {
  const [profile] = asked.options.profiles!;
  const cpu = /^[^-]+/.exec(profile!)![0];
  return { ...asked, options: { ...asked.options, profiles: [`${cpu}-${memoryMiB}mi`] } };
}

const OWN_STACK = readFileSync(new URL('../stacks/spatialvortex/stack.yaml', import.meta.url), 'utf8');

/** What a message says to do, done; undefined where it names nothing that a plan can be asked for. */
const REMEDIES: Readonly<Record<string, (said: Said, asked: Asked) => Asked | undefined>> = {
  POOL_EXCEEDS_DATABASE_CORES: ({ message }, asked) => withFlags(message, asked),
  SESSIONS_OVERSUBSCRIBE_CPU: ({ message }, asked) => withFlags(message, asked),
  EXTERNAL_REQUIREMENT: ({ message }, asked) => {
    const [, name, least] = /needs (\S+) >= ([\d,]+)/.exec(message) ?? [];
    return name === undefined
      ? undefined
      : { ...asked, options: { ...asked.options, set: [...(asked.options.set ?? []), `${name}=${number(least!)}`] } };
  },
  IDLE_MEMORY: ({ message, path }, asked) => {
    const [, names] = /--profile ([a-z,-]+)=\.\.\.$/.exec(message)!;
    return { ...asked, options: { ...asked.options, profiles: [...asked.options.profiles!, `${names}=${path}.yaml`] } };
  },
  BUDGET_EXCEEDED: ({ message }, asked) => {
    const least = /it takes a limit of ([\d,]+) MiB/.exec(message)?.[1];
    const isLimits = /^\d+(cpu|m)-/.test(asked.options.profiles![0]!);
    // Where only pairs are sold, the next one is larger than the least that would do.
    const sold = asked.platform === 'fargate' || asked.platform === 'cloud-run';
    return least === undefined || !isLimits || sold ? undefined : withMemory(asked, number(least));
  },
  CONSTRAINT_UNSATISFIED: ({ message }, asked) => withFlags(message, asked),
  // `plan for a platform that waits`
  STOP_CUT_SHORT: (_, asked) => ({ ...asked, platform: 'fargate' }),
  PODS_EXCEED_NODE: (_, asked) => ({
    ...asked,
    files: {
      ...asked.files,
      'my/stack.yaml': asked.files!['my/stack.yaml']!.replace('podsPerNode: 9', 'podsPerNode: 1'),
    },
  }),
  CPU_SHARE_LOW: ({ message, path }, asked) => {
    const [, cpuShare] = /cpuShare: (\d+) of/.exec(message)!;
    const stack = asked.files?.['my/stack.yaml'] ?? OWN_STACK;
    const changed = replaceOnce(stack, `\n  ${path}:\n`, `\n  ${path}:\n    cpuShare: ${cpuShare}\n`);
    return {
      ...asked,
      options: { ...asked.options, stack: 'my/stack.yaml' },
      files: { ...asked.files, 'my/stack.yaml': changed },
    };
  },
  VOLUME_UNFENCED: ({ message }, asked) => {
    const [, name] = /--external (\S+)$/.exec(message)!;
    return { ...asked, options: { ...asked.options, external: [...(asked.options.external ?? []), name!] } };
  },
  VOLUME_PER_REPLICA: () => undefined,
  PLACEMENT_NOT_ENFORCED: (_, asked) => ({
    ...asked,
    files: {
      ...asked.files,
      'my/stack.yaml': asked.files!['my/stack.yaml']!.replaceAll(
        'policy: demo',
        'policy: demo\n    nodeSelector: { pool: db }',
      ),
    },
  }),
  // The setting follows it.
  SYSCTL_UNAVAILABLE: ({ message }, asked) => {
    const follows = /which setting it limits \((sysctl: \S+)\)/.exec(message)![1];
    const changed = asked.files!['policies/demo.yaml']!.replace('value: 8192, why', `value: 8192, ${follows}, why`);
    return { ...asked, files: { ...asked.files, 'policies/demo.yaml': changed } };
  },
};

/** Nothing is named that a plan could be asked for: facts about the place, or about a running system. */
const FACTS: Readonly<Record<string, string>> = {
  BURSTABLE_MACHINE: 'another machine',
  PAIR_RESTRICTED: 'a rule of the place',
  MEMORY_SCALING_LEFT_OUT: 'left out already',
  AUTOSCALE_WITHOUT_ROOM: 'tried in plan-findings.test.ts',
  VOLUME_PER_REPLICA: 'software that keeps its replicas alike by itself',
  NO_MACHINE_FITS: 'tried in cli/fit.test.ts',
  PLATFORM_LEFT_OUT: 'a platform that nobody asked for',
  TARGET_LEFT_OUT: 'a target that nobody asked for',
  NETWORK_UNREACHED: 'tried in allocate/place.test.ts',
  IMAGE_NOT_PULLED: 'tried in allocate/place.test.ts',
  FIELDS_UNUSED: 'what the place does not use',
  VOLUME_MISSING: 'tried in allocate/place.test.ts',
  VOLUME_TOO_SMALL: 'tried in allocate/place.test.ts',
  DEMAND_UNKNOWN: 'tried in decide/stack.test.ts',
  BACKUP_MISSING: 'tried in allocate/place.test.ts',
  STARTED_OTHERWISE: 'how a program was started, not how it is planned',
  STATIC_DEFAULTS: 'what compare is asked for',
  PLATFORM_UNSUPPORTED: 'other hardware for the place',
};

const PROFILES = [
  't3.large',
  'c6i.8xlarge',
  'm7g.2xlarge',
  'r6i.4xlarge',
  'n2-standard-4',
  '4cpu-8gi',
  '500m-2gi',
  '1cpu-3gi',
];
const PLATFORMS = ['host', 'kubernetes', 'eks', 'gke', 'ecs', 'fargate', 'cloud-run'];

describe('over profiles and platforms', () => {
  const asked: Asked[] = PLATFORMS.flatMap((platform) =>
    PROFILES.flatMap((profile) =>
      [[], ['postgres', 'redis']].map((external) => ({ platform, options: { profiles: [profile], external } })),
    ),
  );

  it.each(asked)('$platform $options.profiles, external $options.external', (ask) => {
    for (const said of heard(ask)) {
      const { code, path } = said;
      if (code in FACTS) continue;
      expect(REMEDIES, `a remedy of ${code} that is tried`).toHaveProperty(code);
      const then = REMEDIES[code]!(said, ask);
      if (then === undefined) continue; // it names nothing, which the table below counts
      expect({ said, after: heard(then).filter((other) => other.code === code && other.path === path) }).toEqual({
        said,
        after: [],
      });
    }
  });
});

describe('one by one', () => {
  const box = 'machine: { name: box, cpu: 8, memory: 32Gi }\n';
  const files = {
    'policies/demo.yaml': DEMO_POLICY,
    'my/stack.yaml': DEMO_STACK,
    'box.yaml': box,
    'other.yaml': box.replace('box', 'other'),
  };
  const shop = (options: PlanOptions, stack = DEMO_STACK): Asked => ({
    platform: 'kubernetes',
    options: { stack: 'my/stack.yaml', ...options },
    files: { ...files, 'my/stack.yaml': stack },
  });
  const own = (platform: string, profile: string, from: string, to: string): Asked => ({
    platform,
    options: { stack: 'my/stack.yaml', profiles: [profile] },
    files: { 'my/stack.yaml': replaceOnce(OWN_STACK, from, to) },
  });
  const onFargate = own('fargate', '4cpu-16gi', 'PGDATA }', 'PGDATA, unfenced: may-corrupt }');
  const queueing = (platform: string): Asked => {
    const queue = `settings: { QUEUE: { value: 8192, why: made up } }
sysctls: { net.core.somaxconn: { value: 8192, otherwise: 4096, why: QUEUE is cut to it } }
`;
    const asked = shop({ profiles: ['4cpu-8gi'] });
    return { ...asked, platform, files: { ...asked.files, 'policies/demo.yaml': DEMO_POLICY + queue } };
  };
  const ROWS: [code: string, asked: Asked][] = [
    ['PLACEMENT_NOT_ENFORCED', shop({ profiles: ['box.yaml', 'worker=other.yaml'] })],
    [
      'PODS_EXCEED_NODE',
      shop({ profiles: ['box.yaml'], maxPods: '5' }, replaceOnce(DEMO_STACK, 'share: 3', 'podsPerNode: 9')),
    ],
    [
      'IDLE_MEMORY',
      shop(
        { profiles: ['box.yaml'] },
        DEMO_STACK.replace('share: 3', 'share: 1')
          .replace('replicas: 2', 'replicas: 9')
          .replace('/worker:1', '/worker:1\n    share: 4'),
      ),
    ],
    ['CPU_SHARE_LOW', own('kubernetes', '4cpu-16gi', 'share: 5', 'share: 7')],
    ['CPU_SHARE_LOW', onFargate],
    ['VOLUME_UNFENCED', onFargate],
    ...['kubernetes', 'cloud-run'].map((platform): [string, Asked] => ['SYSCTL_UNAVAILABLE', queueing(platform)]),
  ];

  it.each(ROWS)('%s', (code, asked) => {
    const found = heard(asked).filter((other) => other.code === code);
    expect(found).not.toEqual([]);
    for (const said of found) {
      const after = heard(REMEDIES[code]!(said, asked)!).filter((other) => other.path === said.path);
      expect(after.map((other) => other.code)).not.toContain(code);
    }
  });
});

it('every finding of a plan has a remedy that is tried, or is a fact', () => {
  const root = new URL('../', import.meta.url);
  const folders = ['src', 'src/allocate', 'src/decide', 'policies', 'stacks/spatialvortex'];
  const texts = folders.flatMap((folder) =>
    readdirSync(new URL(folder, root))
      .filter((name) => /\.(ts|yaml)$/.test(name))
      .map((name) => readFileSync(new URL(`${folder}/${name}`, root), 'utf8')),
  );
  const codes = texts.flatMap((text) =>
    [
      ...text.matchAll(/(?<=code: '?)[A-Z][A-Z_]{5,}(?='?,?\s+(?:level|when|severity))/g),
      ...text.matchAll(/(?<=\bfinding\(\s*')[A-Z_]+(?=')/g),
    ].map(([code]) => code),
  );
  expect(codes.length).toBeGreaterThan(16);
  expect([...new Set(codes)].filter((code) => !(code in REMEDIES) && !(code in FACTS))).toEqual([]);
});
