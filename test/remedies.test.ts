/**
 * Every remedy that a finding or an error names is tried: the message is provoked, what it names is read from its text and
 * done, and the message is gone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Finding, type Problem, SizewrightError } from '../src/errors/errors.ts';
import type { PlanOptions } from '../src/requests/options.ts';
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

const OWN_STACK = readFileSync(new URL('../stacks/spatialvortex/stack.yaml', import.meta.url), 'utf8');

/** A stack file or a policy file, as far as it is changed here. */
// biome-ignore lint/suspicious/noExplicitAny: looked at member by member
type Document = any;

/** With another stack: the built-in one, where there is no other, becomes one of the user's. */
function withStack(asked: Asked, change: (stack: Document) => void): Asked {
  const stack = parse(asked.files?.['my/stack.yaml'] ?? OWN_STACK);
  change(stack);
  return {
    ...asked,
    options: { ...asked.options, stack: 'my/stack.yaml' },
    files: { ...asked.files, 'my/stack.yaml': stringify(stack) },
  };
}
/** Fields as a message names them: those of `deploy` with it or without it. */
const underDeploy = (fields: { deploy?: object }) => (fields.deploy ? fields : { deploy: fields });
const withService = (
  asked: Asked,
  name: string,
  { deploy, ...fields }: { deploy?: object; [field: string]: unknown },
) =>
  withStack(asked, ({ services }) => {
    const service = services[name.split('.')[0]!];
    Object.assign(service, fields);
    Object.assign(service.deploy, deploy);
  });

function withOption(asked: Asked, name: 'set' | 'min' | 'max' | 'external' | 'profiles', value: string): Asked {
  return { ...asked, options: { ...asked.options, [name]: [...(asked.options[name] ?? []), ...value.split(',')] } };
}
const withProfile = (asked: Asked, profile: string): Asked =>
  profile.includes('=')
    ? withOption(asked, 'profiles', profile)
    : { ...asked, options: { ...asked.options, profiles: [profile] } };

const number = (text: string) => Number(text.replaceAll(',', ''));

/** The limits that are asked for are the main service's; others get theirs by the stack. */
function withMemory(asked: Asked, service: string, miB: string): Asked {
  const [, cpu] = /^(\d+(?:cpu|m))-/.exec(asked.options.profiles![0]!) ?? [];
  return service === 'api' && cpu !== undefined
    ? withProfile(asked, `${cpu}-${miB}mi`)
    : withService(asked, service, { atLeast: { memory: `${miB}Mi` } });
}

/** What messages name, by how they write it; each is tried alone. */
const WRITTEN: readonly [RegExp, (asked: Asked, said: Said, ...groups: string[]) => Asked][] = [
  [/--(set|min|max) ([a-z][\w-]*\.\w+=\d+)/g, (asked, _, flag, text) => withOption(asked, flag as 'set', text!)],
  // `--set db.CONNECTIONS=...`: some value
  [/--set ([a-z][\w-]*\.\w+)=\.\.\./g, (asked, _, name) => withOption(asked, 'set', `${name}=100`)],
  [/--external ([a-z,-]+)/g, (asked, _, names) => withOption(asked, 'external', names!)],
  [/--profile ([a-z-]+=)?([\w.-]*\w)(?![=.\w])/g, (asked, _, name = '', profile) => withProfile(asked, name + profile)],
  // `--profile postgres=...`: another machine of the kind, which lies in a file
  [
    /--profile ([a-z,-]+)=\.\.\./g,
    (asked, { path }, names) => ({
      ...asked,
      options: { ...asked.options, profiles: [...asked.options.profiles!, `${names}=${path}.yaml`] },
    }),
  ],
  [/in its family (\S+) is the smallest/g, (asked, _, machine) => withProfile(asked, machine!)],
  [
    /it takes (\S+-\S+), the smallest pair/g,
    (asked, { path }, pair) => withProfile(asked, path === 'api' ? pair! : `${path}=${pair}`),
  ],
  [/(\S+[im]) for ([a-z]+)$/g, (asked, _, pair, name) => withProfile(asked, `${name}=${pair}`)],
  [/it takes a limit of ([\d,]+) MiB/g, (asked, { path }, memory) => withMemory(asked, path, `${number(memory!)}`)],
  [
    /a memory limit of ([\d,]+) MiB for ([a-z]+)/g,
    (asked, _, memory, name) => withMemory(asked, name!, `${number(memory!)}`),
  ],
  [
    /at most (\d+) replicas? of ([a-z]+)/g,
    (asked, _, most, name) => withService(asked, name!, { replicas: Number(most), autoscale: undefined }),
  ],
  [
    /cpuShare: (\d+) of ([a-z]+)/g,
    (asked, _, cpuShare, name) => withService(asked, name!, { cpuShare: Number(cpuShare) }),
  ],
  [
    /state ((?:annotations|deploy): .+)$/g,
    (asked, { path }, fields) => withService(asked, path, underDeploy(parse(fields!.replaceAll(/<.*?>/g, '/x')))),
  ],
];

/** What is named in words alone. */
const IN_WORDS: Readonly<Record<string, (said: Said, asked: Asked) => Asked>> = {
  // `plan for a platform that waits`
  STOP_CUT_SHORT: (_, asked) => ({ ...asked, platform: 'fargate' }),
  PODS_EXCEED_NODE: (_, asked) =>
    withStack(asked, ({ services }) => {
      for (const service of Object.values<Document>(services)) service.podsPerNode = 1;
    }),
  PLACEMENT_NOT_ENFORCED: (_, asked) =>
    withStack(asked, ({ services }) => {
      for (const service of Object.values<Document>(services)) service.nodeSelector = { pool: 'db' };
    }),
  // The setting follows it.
  SYSCTL_UNAVAILABLE: ({ message }, asked) => {
    const follows = /which setting it limits \((sysctl: \S+)\)/.exec(message)![1];
    const changed = asked.files!['policies/demo.yaml']!.replace('value: 8192, why', `value: 8192, ${follows}, why`);
    return { ...asked, files: { ...asked.files, 'policies/demo.yaml': changed } };
  },
  AUTOSCALE_WITHOUT_ROOM: ({ message, path }, asked) => {
    const [, cpuPercent] = /set cpuPercent to (\d+) or less/.exec(message)!;
    return withService(asked, path, { autoscale: { cpuPercent: Number(cpuPercent) } });
  },
  VOLUME_TOO_SMALL: ({ message, path }, asked) => {
    const [, size] = /state size: (\S+)$/.exec(message)!;
    return withStack(asked, ({ services }) => {
      services[path.split('.')[0]!].deploy.volume.size = size;
    });
  },
  IMAGE_NOT_PULLED: ({ message, path }, asked) => {
    const [, image] = /Artifact Registry: (\S+)$/.exec(message)!;
    return withService(asked, path, { deploy: { image: image!.replaceAll(/[<>]/g, '') } });
  },
  BACKUP_MISSING: ({ message, path }, asked) =>
    withService(asked, path, { deploy: parse(/such as (backup: .+)$/.exec(message)![1]!) }),
  DEMAND_UNMET: (_, asked) =>
    withStack(asked, (stack) => {
      stack.constraints = parse(OWN_STACK).constraints;
    }),
};

/** What a message says to do, done: one thing at a time. */
function remediesOf(said: Said, asked: Asked): Asked[] {
  // An error's first line says it, the ledger follows; a machine of the family is named at its end.
  const message = said.message.replaceAll(/\n {4,}(?!in its family).*/g, '');
  const written = WRITTEN.flatMap(([pattern, apply]) =>
    [...message.matchAll(pattern)].map(([, ...groups]) => apply(asked, said, ...groups)),
  );
  return [...written, ...(Object.hasOwn(IN_WORDS, said.code) ? [IN_WORDS[said.code]!(said, asked)] : [])];
}

/** Codes of the messages whose remedies were tried. */
const tried = new Set<string>();

/** Each remedy makes the message go away. @returns how many there were */
function tryRemedies(said: Said, asked: Asked): number {
  const remedies = remediesOf(said, asked);
  if (remedies.length > 0) tried.add(said.code);
  for (const { options, ...changed } of remedies) {
    const after = heard({ options, ...changed }).filter(({ code, path }) => code === said.code && path === said.path);
    expect({ said, options, after }).toEqual({ said, options, after: [] });
  }
  return remedies.length;
}

/** Nothing is named that a plan could be asked for: facts about the place, or about a running system. */
const FACTS: Readonly<Record<string, string>> = {
  BURSTABLE_MACHINE: 'another machine',
  PAIR_RESTRICTED: 'a rule of the place',
  MEMORY_SCALING_LEFT_OUT: 'left out already',
  VOLUME_PER_REPLICA: 'software that keeps its replicas alike by itself',
  NO_MACHINE_FITS: 'tried in cli/fit.test.ts',
  PLATFORM_LEFT_OUT: 'a platform that nobody asked for',
  TARGET_LEFT_OUT: 'a target that nobody asked for',
  FIELDS_UNUSED: 'what the place does not use',
  STARTED_OTHERWISE: 'how a program was started, not how it is planned',
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
  const stacks: Record<string, (asked: Asked) => Asked> = {
    'as it is': (asked) => asked,
    'one replica': (asked) => withService(asked, 'api', { replicas: 1, autoscale: undefined }),
    'scaled high': (asked) => withService(asked, 'api', { autoscale: { cpuPercent: 85, memoryPercent: 80 } }),
  };
  const rows = Object.entries(stacks).flatMap(([replicas, change]) =>
    PLATFORMS.flatMap((platform) =>
      PROFILES.flatMap((profile) =>
        [[], ['postgres', 'redis']].map((external) => {
          const asked = change({ platform, options: { profiles: [profile], external } });
          return { replicas, platform, profile, external, asked };
        }),
      ),
    ),
  );

  it.each(rows)('$platform $profile, external $external, $replicas', ({ asked }) => {
    for (const said of heard(asked)) {
      const isFact = said.code in FACTS || /give a machine of \w+, or another platform$/.test(said.message);
      if (!isFact) expect({ said, tried: tryRemedies(said, asked) > 0 }).toEqual({ said, tried: true });
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
  const MAY_CORRUPT = ['PGDATA }', 'PGDATA, unfenced: may-corrupt }'] as const;
  const own = (platform: string, profile: string, from: string, to: string): Asked => ({
    platform,
    options: { stack: 'my/stack.yaml', profiles: [profile] },
    files: { 'my/stack.yaml': replaceOnce(OWN_STACK, from, to) },
  });
  const onFargate = own('fargate', '4cpu-16gi', ...MAY_CORRUPT);
  const queueing = (platform: string): Asked => {
    const queue = `settings: { QUEUE: { value: 8192, why: made up } }
sysctls: { net.core.somaxconn: { value: 8192, otherwise: 4096, why: QUEUE is cut to it } }
`;
    const asked = shop({ profiles: ['4cpu-8gi'] });
    return { ...asked, platform, files: { ...asked.files, 'policies/demo.yaml': DEMO_POLICY + queue } };
  };
  const plain = (platform: string, profile: string): Asked => ({ platform, options: { profiles: [profile] } });
  const built = (platform: string, profile: string, change: (stack: Document) => void) =>
    withStack(plain(platform, profile), change);
  const ROWS: [code: string, asked: Asked][] = [
    ['VOLUME_MISSING', built('kubernetes', '4cpu-8gi', ({ services }) => delete services.postgres.deploy.volume)],
    [
      'VOLUME_TOO_SMALL',
      built('kubernetes', '4cpu-8gi', ({ services }) => {
        services.postgres.deploy.volume.size = '1Gi';
      }),
    ],
    ['BACKUP_MISSING', built('host', '4cpu-8gi', ({ services }) => delete services.postgres.deploy.backup)],
    [
      'IMAGE_NOT_PULLED',
      withOption(
        withService(plain('cloud-run', '4cpu-8gi'), 'api', { deploy: { image: 'ghcr.io/a/b:1' } }),
        'external',
        'postgres,redis',
      ),
    ],
    ['DEMAND_UNKNOWN', { platform: 'host', options: { profiles: ['c6i.8xlarge'], external: ['api'] } }],
    ['DEMAND_UNMET', built('kubernetes', 'c6i.8xlarge', (stack) => delete stack.constraints)],
    // However the hardware was named, the flag of the remedy goes beside it.
    [
      'CPU_SHARE_LOW',
      { ...own('fargate', '4cpu-8gi', ...MAY_CORRUPT), options: { stack: 'my/stack.yaml', limits: '4cpu-8gi' } },
    ],
    ...['4cpu-8gi', '8cpu-16gi'].map((profile): [string, Asked] => [
      'CPU_SHARE_LOW',
      own('fargate', profile, ...MAY_CORRUPT),
    ]),
    [
      'ALLOCATION_EXCEEDED',
      built('eks', 't3.micro', ({ services }) => Object.assign(services.redis, { atLeast: { memory: '2Gi' } })),
    ],
    [
      'PLATFORM_UNSUPPORTED',
      { platform: 'fargate', options: { profiles: ['100m-256mi'], external: ['postgres', 'redis'] } },
    ],
    ['SESSIONS_OVERSUBSCRIBE_CPU', withOption(plain('host', 'c6i.8xlarge'), 'set', 'api.ORT_INTRA_OP_NUM_THREADS=4')],
    [
      'POOL_EXCEEDS_DATABASE_CORES',
      withOption(plain('kubernetes', 'c6i.8xlarge'), 'max', 'postgres.max_connections=760'),
    ],
    ['CONSTRAINT_UNSATISFIED', own('fargate', '2cpu-4gi', ...MAY_CORRUPT)],
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
          .replace('  worker:\n', '  worker:\n    share: 4\n'),
      ),
    ],
    [
      'EXTERNAL_REQUIREMENT',
      shop(
        { profiles: ['4cpu-8gi'], external: ['worker'] },
        replaceOnce(DEMO_STACK, 'POOL_SIZE + 1000', 'POOL_SIZE * 10'),
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
    for (const said of found) expect(tryRemedies(said, asked)).toBeGreaterThan(0);
  });
});

it('every finding of a plan has a remedy that is tried, or is a fact', () => {
  const root = new URL('../', import.meta.url);
  const folders = ['src/plan', 'src/plan/allocate', 'src/plan/decide', 'policies', 'stacks/spatialvortex'];
  const texts = folders.flatMap((folder) =>
    readdirSync(new URL(folder, root))
      .filter((name) => /\.(ts|yaml)$/.test(name) && name !== 'check.ts') // what check.ts finds is a fault of ours
      .map((name) => readFileSync(new URL(`${folder}/${name}`, root), 'utf8')),
  );
  const codes = texts.flatMap((text) =>
    [
      ...text.matchAll(/(?<=code: '?)[A-Z][A-Z_]{5,}(?='?,?\s+(?:level|when|severity))/g),
      ...text.matchAll(/(?<=\bfinding\(\s*')[A-Z_]+(?=')/g),
    ].map(([code]) => code),
  );
  expect(codes.length).toBeGreaterThan(16);
  expect([...new Set(codes)].filter((code) => !tried.has(code) && !(code in FACTS))).toEqual([]);
});
