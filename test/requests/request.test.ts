import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { BuiltInData } from '../../src/files/library.ts';
import { familyFromYaml } from '../../src/files/parse.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { findPlatform } from '../../src/platforms/index.ts';
import type { PlanOptions } from '../../src/requests/options.ts';
import { wordsOf } from '../../src/requests/request.ts';
import { resolveRequests } from '../gathered.ts';
import { DEMO_POLICY, DEMO_STACK, errorOf, memoryFiles, replaceOnce } from '../samples.ts';

const family = (name: string): BuiltInData => ({
  source: name,
  value: familyFromYaml(readFileSync(new URL(`../../profiles/aws/${name}.yaml`, import.meta.url), 'utf8'), name).value,
  lines: {},
});
const data = { 'profiles/aws/c6i': family('c6i'), 'profiles/aws/r6i': family('r6i'), 'profiles/aws/t3': family('t3') };
const user = {
  'shop.yaml': DEMO_STACK,
  'policies/demo.yaml': DEMO_POLICY,
  'box.yaml': 'container: { cpu: 8, memory: 16Gi, available: 4Gi }\n',
  'a.yaml': 'machine: { name: office, cpu: 8, memory: 16Gi }\n',
  'b.yaml': 'machine: { name: office, cpu: 16, memory: 32Gi }\n',
};
const resolve = (options: PlanOptions, more: Record<string, string> = {}) =>
  resolveRequests({ stack: 'shop.yaml', ...options }, memoryFiles({ ...user, ...more }, data));
/** 4 CPUs and 16,000 MiB of which 12,000 are free; in a container with 2 CPUs, and 900 of 1,024 MiB free. */
const machine = {
  '/proc/meminfo': 'MemTotal: 16384000 kB\nMemAvailable: 12288000 kB\n',
  '/proc/self/status': 'Cpus_allowed_list:\t0-3\n',
  '/sys/devices/system/cpu/online': '0-3\n',
  '/proc/sys/kernel/arch': 'aarch64\n',
};
const container = {
  ...machine,
  '/proc/self/cgroup': '0::/\n',
  '/proc/self/mountinfo': '30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
  '/sys/fs/cgroup/cgroup.procs': '1\n',
  '/sys/fs/cgroup/cpu.max': '200000 100000\n',
  '/sys/fs/cgroup/memory.max': '1073741824\n',
  '/sys/fs/cgroup/memory.current': '130023424\n',
  '/sys/fs/cgroup/memory.stat': 'inactive_file 0\n',
};
const refused = async (options: PlanOptions, more?: Record<string, string>) => {
  const { code, message } = await errorOf(() => resolve(options, more));
  return `${code} ${message}`;
};
const placed = async (options: PlanOptions) =>
  (await resolve(options)).map(({ label, placements }) => [
    label,
    ...placements.map(({ profile, services }) => `${profile.name}: ${services.map(({ name }) => name).join(' ')}`),
  ]);

describe('hardware', () => {
  it.each([
    { desc: 'a machine', options: { profiles: ['c6i.large'] }, is: [['c6i.large', 'c6i.large: web worker']] },
    { desc: 'limits', options: { profiles: ['4cpu-8gi'] }, is: [['4cpu-8gi', '4cpu-8gi: web worker']] },
    { desc: 'limits by name', options: { limits: '4cpu-8gi' }, is: [['4cpu-8gi', '4cpu-8gi: web worker']] },
    { desc: 'what all share', options: { machine: ['c6i.large'] }, is: [['c6i.large', 'c6i.large: web worker']] },
    {
      desc: 'what all share, by its size',
      options: { machine: ['4cpu-8gi'] },
      is: [['4cpu-8gi-machine', '4cpu-8gi-machine: web worker']],
    },
    {
      desc: 'limits, and a machine of its own for a service',
      options: { limits: '4cpu-8gi', machine: ['worker=2cpu-8gi'] },
      is: [['4cpu-8gi_worker-2cpu-8gi-machine', '4cpu-8gi: web', '2cpu-8gi-machine: worker']],
    },
    { desc: 'limits by flags', options: { cpu: '4', memory: '8Gi' }, is: [['4cpu-8gi', '4cpu-8gi: web worker']] },
    {
      desc: 'several: a plan each',
      options: { profiles: ['4cpu-8gi', 'c6i.large'] },
      is: [
        ['4cpu-8gi', '4cpu-8gi: web worker'],
        ['c6i.large', 'c6i.large: web worker'],
      ],
    },
    {
      desc: 'the same twice: once',
      options: { profiles: ['4cpu-8gi', '4cpu-8gi'] },
      is: [['4cpu-8gi', '4cpu-8gi: web worker']],
    },
    {
      desc: 'a service on hardware of its own',
      options: { profiles: ['c6i.large', 'worker=r6i.large'] },
      is: [['c6i.large_worker-r6i.large', 'c6i.large: web', 'r6i.large: worker']],
    },
    {
      desc: 'all of them on hardware of their own',
      options: { profiles: ['web=c6i.large', 'worker=r6i.large'] },
      is: [['web-c6i.large_worker-r6i.large', 'c6i.large: web', 'r6i.large: worker']],
    },
    {
      desc: 'both on one of their own',
      options: { profiles: ['worker,web=c6i.large'] },
      is: [['worker+web-c6i.large', 'c6i.large: web worker']],
    },
    {
      desc: 'what is available is in the name',
      options: { profiles: ['4cpu-8gi'], available: '4Gi' },
      is: [['4cpu-8gi-4gi-available', '4cpu-8gi: web worker']],
    },
    {
      desc: "what is available by the user's own file too",
      options: { profiles: ['box.yaml'] },
      is: [['8cpu-16gi-4gi-available', '8cpu-16gi: web worker']],
    },
    {
      desc: 'without what runs elsewhere',
      options: { profiles: ['4cpu-8gi'], external: ['worker', 'worker'] },
      is: [['4cpu-8gi', '4cpu-8gi: web']],
    },
  ])('$desc', async ({ options, is }) => {
    expect(await placed(options)).toEqual(is);
  });

  it('container limits are meant for the main service, wherever it stands', async () => {
    const stack = replaceOnce(DEMO_STACK, 'main: web', 'main: worker');
    const [request] = await resolve({ profiles: ['4cpu-8gi'] }, { 'shop.yaml': stack });
    expect(request!.placements[0]!.services.map(({ name }) => name)).toEqual(['worker', 'web']);
  });

  it.each([
    {
      desc: 'none',
      options: {},
      says: 'USAGE --profile: expected hardware, got none; give a machine that all share (--machine c6i.8xlarge, --machine 8cpu-32gi, --machine here), or the limits of one container (--limits 4cpu-8gi)',
    },
    {
      desc: 'a machine as the limits of a container',
      options: { limits: 'c6i.large' },
      says: 'USAGE --limits: expected the limits of one container such as 2cpu-4gi, got "c6i.large"; give a machine by --machine c6i.large',
    },
    {
      desc: 'the limits of a container as what all share',
      options: { machine: ['box.yaml'] },
      says: 'USAGE --machine: expected a machine, got container limits, which box.yaml has; give --profile box.yaml',
    },
    {
      desc: 'limits and a machine for the same services',
      options: { limits: '4cpu-8gi', machine: ['c6i.large'] },
      says: 'USAGE --limits: expected either the limits of one container or a machine that all share, got 4cpu-8gi and --machine c6i.large',
    },
    {
      desc: 'both words and the one for either',
      options: { profiles: ['c6i.large'], limits: '4cpu-8gi' },
      says: 'USAGE --profile: expected either --profile or --limits, got both; --profile names machines and limits alike',
    },
    {
      desc: 'limits twice',
      options: { limits: '4cpu-8gi', cpu: '4', memory: '8Gi' },
      says: 'USAGE --limits: expected either --limits or --cpu and --memory, got both (4cpu-8gi)',
    },
    {
      desc: 'a machine that nobody sells',
      options: { machine: ['c6i.xxlarge'] },
      says: 'PROFILE_UNKNOWN --machine: expected a machine (c6i.8xlarge), container limits (4cpu-8gi), host or a path to a .yaml file, got "c6i.xxlarge"; did you mean c6i.xlarge, c6i.large, c6i.2xlarge?',
    },
    {
      desc: 'none for the rest',
      options: { profiles: ['worker=c6i.large'] },
      says: 'USAGE --profile: expected hardware for every service, got none for web; add --profile web=..., a profile for the rest, or --external',
    },
    {
      desc: 'for nobody',
      options: { profiles: ['web,worker=c6i.large', '4cpu-8gi'] },
      says: 'USAGE --profile: expected services for 4cpu-8gi, got none: each has hardware of its own',
    },
    {
      desc: 'twice',
      options: { profiles: ['web=c6i.large', 'web,worker=r6i.large'] },
      says: 'USAGE --profile: expected hardware for web once, got it twice',
    },
    {
      desc: 'for what runs elsewhere',
      options: { profiles: ['c6i.large', 'worker=r6i.large'], external: ['worker'] },
      says: 'USAGE --profile: expected hardware for services that are planned, got worker, which is external',
    },
    {
      desc: 'CPU alone',
      options: { cpu: '4' },
      says: 'USAGE --memory: expected --cpu and --memory together, got one of them',
    },
    {
      desc: 'memory alone',
      options: { memory: '4Gi' },
      says: 'USAGE --cpu: expected --cpu and --memory together, got one of them',
    },
    {
      desc: 'both ways',
      options: { cpu: '4', memory: '4Gi', profiles: ['c6i.large'] },
      says: 'USAGE --profile: expected either --profile or --cpu and --memory, got both (c6i.large)',
    },
    {
      desc: 'less than a container can be given',
      options: { cpu: '9m', memory: '4Gi' },
      says: 'QUANTITY_SYNTAX --cpu: expected at least 10m CPU, the finest that a container can be given, got 9m',
    },
    {
      desc: 'less than a container can be given, by name',
      options: { profiles: ['9m-4gi'] },
      says: 'QUANTITY_SYNTAX --profile: expected at least 10m CPU, the finest that a container can be given, got 9m',
    },
    {
      desc: 'for no such service',
      options: { profiles: ['wev=c6i.large'] },
      says: 'SERVICE_UNKNOWN --profile: expected a service of stack shop, got "wev"; did you mean web?',
    },
    {
      desc: 'for what every object has',
      options: { profiles: ['constructor=c6i.large'] },
      says: 'SERVICE_UNKNOWN --profile: expected a service of stack shop (web, worker), got "constructor"',
    },
    {
      desc: 'everything runs elsewhere',
      options: { profiles: ['c6i.large'], external: ['web', 'worker'] },
      says: 'USAGE --external: expected at least one service that is not external, got none',
    },
    {
      desc: 'no such service runs elsewhere',
      options: { profiles: ['c6i.large'], external: ['wokrer'] },
      says: 'SERVICE_UNKNOWN --external: expected a service of stack shop, got "wokrer"; did you mean worker?',
    },
  ] as { desc: string; options: PlanOptions; says: string }[])('$desc', async ({ options, says }) => {
    expect(await refused(options)).toBe(says);
  });

  it('two of one name are not written into one folder', async () => {
    expect(await refused({ profiles: ['a.yaml', 'b.yaml'] })).toMatch(/^USAGE --profile: .*office/);
  });

  it('two names of the same limits are one plan', async () => {
    expect(await placed({ profiles: ['4cpu-8gi', '4000m-8192mi'] })).toHaveLength(1);
  });
});

describe('this host', () => {
  const on = (system: Record<string, string>, options: PlanOptions) =>
    resolveRequests({ stack: 'shop.yaml', ...options }, memoryFiles(user, data, system));
  const MACHINE = {
    kind: 'machine',
    name: 'host',
    provider: 'other',
    cpuMillis: 4000,
    memoryMiB: 16_000,
    measured: true,
    threadsPerCore: 1,
    architecture: 'arm64',
    gpus: 0,
  };
  const CONTAINER = { kind: 'container', name: 'host', cpuMillis: 2000, memoryMiB: 1024 };

  it.each([
    { desc: 'a machine', system: machine, free: false, is: MACHINE },
    { desc: 'a machine, and what is free', system: machine, free: true, is: { ...MACHINE, freeMiB: 12_000 } },
    { desc: 'a container', system: container, free: false, is: CONTAINER },
    { desc: 'a container, and what is free', system: container, free: true, is: { ...CONTAINER, freeMiB: 900 } },
  ])('is $desc', async ({ system, free, is }) => {
    const [request, ...others] = await on(system, { profiles: ['host'], free });
    expect(others).toEqual([]);
    expect(request!.placements.map(({ profile }) => profile)).toEqual([is]);
    expect([request!.label, wordsOf([request!]).join(' ')]).toEqual([
      'host',
      `--profile host --stack shop.yaml${free ? ' --free' : ''}`,
    ]);
    expect(request!.host!.memoryMiB.file).toBe(system === machine ? '/proc/meminfo' : '/sys/fs/cgroup/memory.max');
  });

  it('holds some services, with others elsewhere', async () => {
    const [request] = await on(machine, { profiles: ['web=host', 'c6i.large'] });
    expect(request!.label).toBe('c6i.large_web-host');
    expect(request!.host).toBeDefined();
  });

  it('stands beside other profiles, which are not detected', async () => {
    const requests = await on(machine, { profiles: ['host', '4cpu-8gi'], free: true });
    expect(requests.map(({ label, host, free }) => [label, host !== undefined, free])).toEqual([
      ['host', true, true],
      ['4cpu-8gi', false, false],
    ]);
  });

  it('is detected, also where a file of the user has the name; the path means the file', async () => {
    const more = { ...user, 'profiles/host.yaml': 'machine: { name: mine, cpu: 8, memory: 16Gi }\n' };
    const names = async (profile: string) =>
      resolveRequests({ stack: 'shop.yaml', profiles: [profile] }, memoryFiles(more, data, machine))[0]!.placements.map(
        ({ profile }) => profile.name,
      );
    expect([await names('host'), await names('profiles/host.yaml')]).toEqual([['host'], ['mine']]);
  });

  it.each([
    {
      desc: 'twice',
      system: machine,
      options: { profiles: ['host', 'worker=host'] },
      says: 'USAGE --profile: expected this host once, got it 2 times; place services on it together: --profile a,b=host',
    },
    {
      desc: 'not there',
      system: {},
      options: { profiles: ['host'] },
      says: 'HOST_UNKNOWN host: expected a Linux host that says how much CPU and memory there is, got nothing from /proc, /sys and cgroups; name the hardware: --cpu and --memory, or --profile c6i.8xlarge',
    },
    {
      desc: 'larger than what is planned for',
      system: { ...machine, '/proc/meminfo': 'MemTotal: 34359739392 kB\n' },
      options: { profiles: ['host'] },
      says: 'PROFILE_INVALID host: expected at most 1024000m and 33,554,432 MiB, got 4000m and 33,554,433 MiB; give the part of it to plan for: --cpu and --memory',
    },
    {
      desc: 'of more cores than are planned for',
      system: {
        ...machine,
        '/proc/self/status': 'Cpus_allowed_list:\t0-1024\n',
        '/sys/devices/system/cpu/online': '0-1024\n',
      },
      options: { profiles: ['host'] },
      says: 'PROFILE_INVALID host: expected at most 1024000m and 33,554,432 MiB, got 1025000m and 16,000 MiB; give the part of it to plan for: --cpu and --memory',
    },
    {
      desc: 'of less CPU than a container can be given',
      system: { ...container, '/sys/fs/cgroup/cpu.max': '9000 1000000\n' },
      options: { profiles: ['host'] },
      says: 'QUANTITY_SYNTAX --profile: expected at least 10m CPU, the finest that a container can be given, got 9m',
    },
    {
      desc: 'with less memory than is stated as available',
      system: container,
      options: { profiles: ['host'], available: '1025Mi' },
      says: 'USAGE --available: expected at most the 1,024 MiB of host, got 1,025 MiB',
    },
  ] as { desc: string; system: Record<string, string>; options: PlanOptions; says: string }[])(
    '$desc',
    async ({ system, options, says }) => {
      const { code, message } = await errorOf(() => on(system, options));
      expect(`${code} ${message}`).toBe(says);
    },
  );

  const planOn = async (system: Record<string, string>, platform = 'host') => {
    const [request] = await on(system, { profiles: ['host'], free: true });
    return makePlan({ ...request!, platform: findPlatform(platform) }).plan;
  };

  it('as a container gives its main service what is free of its limit', async () => {
    const { services, machines } = await planOn(container);
    expect(machines).toEqual([]);
    expect(Object.values(services).map(({ limits, ledger }) => [limits.memoryMiB, ledger.detectedFreeMiB])).toEqual([
      [1024, 900],
      [341, undefined], // a share of 1 to the main service's 3
    ]);
  });

  it('as a machine leaves the operating system and what runs there their part', async () => {
    const { services, machines } = await planOn(machine);
    expect(machines[0]!.reservations.map(({ name, memoryMiB }) => [name, memoryMiB])).toEqual([
      ['guest overhead', 0],
      ['operating system', 800],
      ['in use', 3200], // 16,000 - 12,000 - 800
    ]);
    expect(Object.values(services).map(({ ledger }) => ledger.detectedFreeMiB)).toEqual([undefined, undefined]);
  });

  it('as a pattern for a cluster counts nothing that is held here', async () => {
    const { services } = await planOn(container, 'kubernetes');
    expect(services.web!.ledger).not.toHaveProperty('detectedFreeMiB');
  });
});

describe('what is available', () => {
  const availableOf = async (options: PlanOptions) => (await resolve(options)).map(({ availableMiB }) => availableMiB);

  it.each([
    { options: { profiles: ['4cpu-8gi'], available: '8Gi' }, is: [8192], desc: 'all of it' },
    { options: { profiles: ['4cpu-8gi'], available: '1Mi' }, is: [1] },
    { options: { profiles: ['box.yaml'] }, is: [4096] },
    { options: { profiles: ['box.yaml'], available: '2Gi' }, is: [2048], desc: 'the flag wins' },
    { options: { profiles: ['4cpu-8gi'] }, is: [undefined] },
    { options: { profiles: ['web=box.yaml', 'c6i.large'] }, is: [4096], desc: 'of the main service’s own box' },
    {
      options: { profiles: ['box.yaml', 'web=c6i.large'] },
      is: [undefined],
      desc: 'of a box that is not the main service’s',
    },
  ])('$options: $is', async ({ options, is }) => {
    expect(await availableOf(options)).toEqual(is);
  });

  it.each([
    {
      options: { profiles: ['4cpu-8gi'], available: '8193Mi' },
      says: 'USAGE --available: expected at most the 8,192 MiB of 4cpu-8gi, got 8,193 MiB',
    },
    {
      options: { profiles: ['4cpu-8gi'], external: ['web'], available: '4Gi' },
      says: 'USAGE --available: expected the main service web to be planned, got it as external',
    },
    {
      options: { profiles: ['4cpu-8gi'], available: '4GB' },
      says: 'QUANTITY_SYNTAX --available: expected memory in Mi, Gi or Ti (1024-based), got "4GB"; write 4Gi',
    },
  ])('$options', async ({ options, says }) => {
    expect(await refused(options)).toBe(says);
  });

  it('is at most what the main service gets of a machine that it shares', async () => {
    // t3.large: 7065 MiB for the stack (FACTS 2), 3 of 4 shares: 5299 MiB
    const plan = async (available: string) => {
      const [request] = await resolve({ profiles: ['t3.large'], available });
      return makePlan({ ...request!, platform: findPlatform('host') }).plan.services.web!;
    };
    expect((await plan('5299Mi')).ledger).toMatchObject({ memoryMiB: 5299, availableMiB: 5299 });
    expect(await errorOf(() => plan('5300Mi'))).toMatchObject({ code: 'USAGE', path: '--available' });
  });
});

describe('overrides', () => {
  const overridesOf = async (options: PlanOptions, more?: Record<string, string>) =>
    JSON.parse(JSON.stringify((await resolve({ profiles: ['4cpu-8gi'], ...options }, more))[0]!.overrides));

  it('flags before the file before the environment', async () => {
    const file = { 'o.yaml': 'web:\n  WORKERS: { set: 5, min: 3 }\n  POOL_SIZE: 7\n' };
    const environment = { WORKERS: '6', WORKERS_MAX: '9', POOL_SIZE_MIN: '2' };
    expect(await overridesOf({ set: ['web.WORKERS=4'], overrides: 'o.yaml', environment }, file)).toEqual({
      web: {
        WORKERS: {
          set: { value: 4, by: '--set' },
          min: { value: 3, by: 'o.yaml:2', inFile: true },
          max: { value: 9, by: 'WORKERS_MAX' },
        },
        POOL_SIZE: { set: { value: 7, by: 'o.yaml:3', inFile: true }, min: { value: 2, by: 'POOL_SIZE_MIN' } },
      },
      worker: {
        WORKERS: { set: { value: 6, by: 'WORKERS' }, max: { value: 9, by: 'WORKERS_MAX' } },
        POOL_SIZE: { min: { value: 2, by: 'POOL_SIZE_MIN' } },
      },
    });
  });

  it('the environment only where it is given', async () => {
    process.env.WORKERS = '63';
    expect(await overridesOf({})).toEqual({});
    delete process.env.WORKERS;
  });

  it.each([
    {
      desc: 'of no such service',
      options: { set: ['wev.WORKERS=4'] },
      says: 'SERVICE_UNKNOWN --set, --min, --max: expected a service of stack shop, got "wev"; did you mean web?',
    },
    {
      desc: 'of no such service, in a file',
      options: { overrides: 'o.yaml' },
      more: { 'o.yaml': 'wev: { WORKERS: 4 }\n' },
      says: 'SERVICE_UNKNOWN o.yaml:1: wev: expected a service of stack shop, got "wev"; did you mean web?',
    },
    {
      desc: 'of what every object has',
      options: { set: ['__proto__.x=4'] },
      says: 'SERVICE_UNKNOWN --set, --min, --max: expected a service of stack shop (web, worker), got "__proto__"',
    },
    {
      desc: 'in no file',
      options: { overrides: 'none.yaml' },
      says: 'FILE_UNREADABLE --overrides: expected a file, got none at none.yaml',
    },
  ] as { desc: string; options: PlanOptions; more?: Record<string, string>; says: string }[])(
    '$desc',
    async ({ options, more, says }) => {
      expect(await refused({ profiles: ['4cpu-8gi'], ...options }, more)).toBe(says);
    },
  );

  const plan = async (options: PlanOptions) => {
    const [request] = await resolve({ profiles: ['4cpu-8gi'], ...options });
    return makePlan({ ...request!, platform: findPlatform('host') });
  };

  it.each([
    {
      set: ['worker.POOL_SZIE=5'],
      says: 'OVERRIDE_INVALID worker.POOL_SZIE: expected a parameter of demo',
      desc: 'a name that is not known',
    },
    {
      set: ['worker.toString=5'],
      says: 'OVERRIDE_INVALID worker.toString: expected a parameter of demo',
      desc: 'what every object has',
    },
    {
      set: ['worker.POOL_SIZE=101'],
      says: 'PIN_INVALID worker.POOL_SIZE: expected 1 to 100 connections, got 101',
      desc: 'too much',
    },
    {
      set: ['worker.POOL_SIZE=0'],
      says: 'PIN_INVALID worker.POOL_SIZE: expected 1 to 100 connections, got 0',
      desc: 'too little',
    },
    { min: ['worker.POOL_SIZE=5'], says: 'OVERRIDE_INVALID worker.POOL_SIZE: expected a pin', desc: 'a bound' },
  ])('of a service that runs elsewhere: $desc', async ({ says, desc: _, ...options }) => {
    const { code, message } = await errorOf(() => plan({ external: ['worker'], ...options }));
    expect(`${code} ${message}`).toContain(says);
  });
});

describe('the words that ask for it again', () => {
  it('in a fixed order, one profile each', async () => {
    const options: PlanOptions = {
      max: ['web.WORKERS=9'],
      set: ['web.POOL_SIZE=7'],
      available: '4Gi',
      profiles: ['4cpu-8gi', 'c6i.large', 'worker=r6i.large'],
    };
    const requests = await resolve(options);
    expect(requests.map((request) => wordsOf([request]).join(' '))).toEqual([
      '--profile 4cpu-8gi --profile worker=r6i.large --available 4Gi --stack shop.yaml --set web.POOL_SIZE=7 --max web.WORKERS=9',
      '--profile c6i.large --profile worker=r6i.large --available 4Gi --stack shop.yaml --set web.POOL_SIZE=7 --max web.WORKERS=9',
    ]);
    expect(wordsOf(requests).join(' ')).toBe(
      '--profile 4cpu-8gi --profile worker=r6i.large --profile c6i.large --available 4Gi --stack shop.yaml --set web.POOL_SIZE=7 --max web.WORKERS=9',
    );
  });

  it('several machines by the pattern that found them', async () => {
    const requests = await resolve({ profiles: ['r6i.l*', '4cpu-8gi'] });
    expect(wordsOf(requests).join(' ')).toBe('--profile r6i.l* --profile 4cpu-8gi --stack shop.yaml');
    expect(wordsOf(requests.slice(0, 1)).join(' ')).toBe('--profile r6i.large --stack shop.yaml');
  });

  it('limits by flags', async () => {
    expect(wordsOf(await resolve({ cpu: '4', memory: '8Gi', external: ['worker'] })).join(' ')).toBe(
      '--cpu 4 --memory 8Gi --stack shop.yaml --external worker',
    );
  });
});
