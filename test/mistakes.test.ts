/**
 * Mistakes that newcomers make in files of their own: each message says where, what was expected, what was found and what
 * to change; the change, made, makes it go away.
 */
import { describe, expect, it } from 'vitest';
import { planAll } from './gathered.ts';
import { DEMO_POLICY, DEMO_STACK, errorOf, memoryFiles, replaceOnce } from './samples.ts';

const BOX = 'container: { cpu: 4, memory: 8Gi, available: 4Gi }\n';
const FILES = { 'policies/demo.yaml': DEMO_POLICY, 'my/stack.yaml': DEMO_STACK, 'box.yaml': BOX } as const;
type File = keyof typeof FILES;

const planOf = (files: Record<string, string>) => () =>
  planAll({ stack: 'my/stack.yaml', profiles: ['box.yaml'] }, ['host'], memoryFiles({ ...FILES, ...files }));

interface Mistake {
  file: File;
  /** What stands in the valid file, what a newcomer writes there, what is written after reading the message. */
  right: string;
  wrong: string;
  says: string;
  fixed?: string;
}

const [POLICY, STACK, BOX_FILE] = ['policies/demo.yaml', 'my/stack.yaml', 'box.yaml'] as const;

const MISTAKES: Mistake[] = [
  // policy
  {
    file: POLICY,
    right: 'cost: { formula: WORKERS * 10, basis',
    wrong: 'cost: { formula: ceilDiv(WORKERS, 4), basis',
    says: 'expected quotes around a text with a comma in { }, got ceilDiv(WORKERS and more values; write formula: "ceilDiv(WORKERS, 4)"',
    fixed: 'cost: { formula: "ceilDiv(WORKERS, 4)", basis',
  },
  {
    file: POLICY,
    right: 'cost: { formula: WORKERS * 10, basis',
    wrong: 'cost: { formula: clamp(WORKERS, 1, 4), basis',
    says: 'write formula: "clamp(WORKERS, 1, 4)"',
    fixed: 'cost: { formula: "clamp(WORKERS, 1, 4)", basis',
  },
  {
    file: POLICY,
    right: 'formula: cores * 4',
    wrong: 'formula: cores > 4 ? 8 : 4',
    says: 'demo.yaml:20: expected YAML, got: nested mappings are not allowed in compact mappings; put the text in quotes where it has a colon',
    fixed: 'formula: "cores > 4 ? 8 : 4"',
  },
  {
    file: POLICY,
    right: 'formula: cores * 4',
    wrong: 'formula: !cores',
    says: 'put the text in quotes where it begins with !',
  },
  {
    file: POLICY,
    right: 'formula: cores * 2',
    wrong: 'formula: POOL_SIZE * 2',
    says: 'got "POOL_SIZE", which is declared below; move it up',
  },
  {
    file: POLICY,
    right: 'formula: cores * 4',
    wrong: 'formula: memoryMiB * 75%',
    says: 'for 75% of a value write * 75 / 100',
    fixed: 'formula: memoryMiB * 75 / 100',
  },
  {
    file: POLICY,
    right: 'formula: cores * 4',
    wrong: '"formula": memoryMiB / 0',
    says: 'expected a divisor that is always at least 1, got 0 to 0',
  },
  {
    file: POLICY,
    right: 'formula: cores * 4',
    wrong: 'formula: memoryMiB / (cores - 1)',
    says: 'expected a divisor that is always at least 1, got 0 to 1023',
    fixed: 'formula: memoryMiB / max(1, cores - 1)',
  },
  { file: POLICY, right: 'max: 64', wrong: 'max: 64 workers', says: 'write the number without a unit: 64' },
  {
    file: POLICY,
    right: 'max: 64',
    wrong: 'maximum: 64',
    says: 'parameters.WORKERS.maximum: expected a known key, got "maximum"',
  },
  {
    file: POLICY,
    right: 'max: 64',
    wrong: 'max: WORKERS',
    says: 'known are cores, cpuMillis, memoryMiB, availableMiB',
  },
  {
    file: POLICY,
    right: '    max: 64\n',
    wrong: '',
    says: 'expected string or a whole number, got nothing; add max',
    fixed: '    max: 64\n',
  },
  {
    file: POLICY,
    right: 'deliver: { as: env }',
    wrong: 'deliver: env',
    says: 'deliver: expected a list or a map, got "env"',
  },
  {
    file: POLICY,
    right: 'deliver: { as: env }',
    wrong: 'deliver: { as: environment }',
    says: 'expected one of env, settings, got "environment"',
  },
  {
    file: POLICY,
    right: 'basis: assumed, why: made up }\n  yields',
    wrong: 'why: made up }\n  yields',
    says: 'expected one of measured, documented, assumed, got nothing; add basis',
  },
  {
    file: POLICY,
    right: 'yields: [WORKERS]',
    wrong: 'yields: [WORKER]',
    says: 'expected parameters with a cost (WORKERS), got "WORKER"',
  },
  {
    file: POLICY,
    right: 'yields: [WORKERS]',
    wrong: 'yields: WORKERS',
    says: 'memory.yields: expected a list, got "WORKERS"',
  },
  {
    file: POLICY,
    right: 'yields: [WORKERS]',
    wrong: 'yields: []',
    says: 'say whether it gives way when memory is short',
  },
  {
    file: POLICY,
    right: 'policy: demo',
    wrong: 'policy: Demo',
    says: 'policy: expected lower-case letters, digits and -, first a letter, last no -, got "Demo"',
  },
  {
    file: POLICY,
    right: 'policy: demo',
    wrong: 'policy: shop',
    says: 'expected the name of its file, "demo", got "shop"',
  },
  {
    file: POLICY,
    right: '    unit: workers',
    wrong: '\tunit: workers',
    says: 'tabs are not allowed as indentation; indent with spaces',
  },
  {
    file: POLICY,
    right: 'signal: SIGTERM',
    wrong: 'signal: TERM',
    says: 'expected a signal such as SIGTERM, got "TERM"',
  },
  {
    file: POLICY,
    right: 'cost: { formula: WORKERS * 10,',
    wrong: 'cost: { formula: WORKERS / 10,',
    says: 'use ceilDiv(a, b)',
    fixed: 'cost: { formula: "ceilDiv(WORKERS, 10)",',
  },
  // stack
  {
    file: STACK,
    right: 'main: web',
    wrong: 'main: api',
    says: `expected one of the stack's services (web, worker), got "api"`,
  },
  {
    file: STACK,
    right: 'policy: demo\n    share: 3',
    wrong: 'policy: demos\n    share: 3',
    says: '(demo), got "demos"',
  },
  {
    file: STACK,
    right: 'ports: { http: 8080 }',
    wrong: 'ports: 8080',
    says: 'services.web.deploy.ports: expected ports by name, such as { http: 8080 }, got 8080',
  },
  {
    file: STACK,
    right: 'ports: { http: 8080 }',
    wrong: 'ports: ["8080:80"]',
    says: 'expected ports by name, such as { http: 8080 }, got ["8080:80"]',
  },
  {
    file: STACK,
    right: 'ports: { http: 8080 }',
    wrong: 'ports: {}',
    says: 'services.web.deploy.ports: expected at least one port, such as { http: 8080 }, got {}',
  },
  {
    file: STACK,
    right: 'ports: { http: 8080 }',
    wrong: 'ports: { http: 80800 }',
    says: 'services.web.deploy.ports.http: expected at most 65535, got 80800',
  },
  { file: STACK, right: 'replicas: 2', wrong: 'replicas: two', says: 'expected a whole number or a map, got "two"' },
  {
    file: STACK,
    right: 'replicas: 2',
    wrong: 'replicas: { min: 3, max: 2 }',
    says: 'expected min ≤ max, got {"min":3,"max":2}',
  },
  {
    file: STACK,
    right: 'replicas: 2',
    wrong: 'replica: 2',
    says: 'expected a known key, got "replica"; did you mean replicas?',
  },
  {
    file: STACK,
    right: 'user: { uid: 1000, gid: 1000 }\n  worker',
    wrong: 'user: root\n  worker',
    says: 'expected numbers, such as { uid: 1000, gid: 1000 }, got "root"',
  },
  {
    file: STACK,
    right: 'share: 3',
    wrong: 'share: 0.5',
    says: 'expected a whole number (shares are relative: 1 and 2 for 0.5 and 1), got 0.5',
  },
  {
    file: STACK,
    right: 'share: 3',
    wrong: 'atMost: { cpu: 2, memory: 2GB }',
    says: 'got "2GB"; write 2Gi',
    fixed: 'atMost: { cpu: 2, memory: 2Gi }',
  },
  {
    file: STACK,
    right: 'share: 3',
    wrong: 'env: { DEBUG: true }',
    says: 'put true, false and 0.5 in quotes',
    fixed: 'env: { DEBUG: "true" }',
  },
  {
    file: STACK,
    right: '  worker:',
    wrong: '  Worker:',
    says: 'services.Worker: expected lower-case letters, digits and -',
  },
  { file: STACK, right: '  worker:', wrong: '  web:', says: 'map keys must be unique; keep one of them' },
  {
    file: STACK,
    right: 'rule: web.POOL_SIZE * web.replicas.max <= worker.POOL_SIZE + 1000',
    wrong: 'rule: web.POOL * web.replicas.max <= worker.POOL_SIZE + 1000',
    says: 'expected a known name (web.POOL_SIZE), got "web.POOL"',
  },
  {
    file: STACK,
    right: 'rule: web.POOL_SIZE * web.replicas.max <= worker.POOL_SIZE + 1000',
    wrong: 'rule: web.POOL_SIZE * web.replicas.max',
    says: 'expected a comparison (true or false)',
  },
  {
    file: STACK,
    right: 'yields: web.POOL_SIZE',
    wrong: 'yields: POOL_SIZE',
    says: 'did you mean web.POOL_SIZE or worker.POOL_SIZE?',
  },
  { file: STACK, right: 'yields: web.POOL_SIZE', wrong: 'yields: web.POOLSIZE', says: 'did you mean web.POOL_SIZE?' },
  // profile
  { file: BOX_FILE, right: 'memory: 8Gi', wrong: 'memory: 8GB', says: 'got "8GB"; write 8Gi' },
  {
    file: BOX_FILE,
    right: 'memory: 8Gi',
    wrong: 'memory: 8',
    says: 'expected memory with its unit: Mi or Gi (512Mi, 8Gi), got 8',
  },
  {
    file: BOX_FILE,
    right: 'memory: 8Gi',
    wrong: 'memory: 8589934592',
    says: 'expected memory with its unit: Mi or Gi (512Mi, 8Gi), got 8589934592',
  },
  {
    file: BOX_FILE,
    right: 'cpu: 4',
    wrong: 'cpu: 4 cores',
    says: 'expected CPU in cores (4, 0.5) or millicores (500m), got "4 cores"',
  },
  { file: BOX_FILE, right: 'cpu: 4', wrong: 'cpus: 4', says: 'expected a known key, got "cpus"; did you mean cpu?' },
  {
    file: BOX_FILE,
    right: 'available: 4Gi',
    wrong: 'available: 9Gi',
    says: 'expected at most the 8,192 MiB of container.memory, got 9,216 MiB',
  },
  { file: BOX_FILE, right: 'container: {', wrong: 'box: {', says: 'got "box"; known are container, machine' },
  { file: BOX_FILE, right: 'container: {', wrong: 'container:{', says: 'write a space behind the colon of a key' },
];

describe('a mistake', () => {
  it.each(MISTAKES)('$file: $wrong', async ({ file, right, wrong, says, fixed = right }) => {
    const error = await errorOf(planOf({ [file]: replaceOnce(FILES[file], right, wrong) }));
    expect(error.message).toContain(says);
    await planOf({ [file]: replaceOnce(FILES[file], right, fixed) })();
  });
});

describe('limits that the stack fixes for its main service', () => {
  const fixed = replaceOnce(DEMO_STACK, 'share: 3', 'limits: { cpu: 2, memory: 2Gi }');
  const planWith = (profile: string) =>
    planAll(
      { stack: 'my/stack.yaml', profiles: [profile] },
      ['host'],
      memoryFiles({ ...FILES, 'my/stack.yaml': fixed }),
    );

  it('are not replaced by those of a profile', async () => {
    const error = await errorOf(() => planWith('4cpu-8gi'));
    expect([error.code, error.message]).toEqual([
      'USAGE',
      '--profile: expected the limits that the stack fixes for web (2cpu-2gi), got 4cpu-8gi; give --profile 2cpu-2gi, or leave limits out of the stack',
    ]);
    expect(planWith('2cpu-2gi')).toHaveLength(1);
  });
});
