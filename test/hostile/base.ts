/** Valid input files in which every field that takes a text stands once, and that every target takes. */
import { cost, parameter } from '../samples.ts';

const source = 'manual';
const setting = (value: string) => ({ value, bareMetal: { value: 'own', why: 'because' }, why: 'because', source });

const common = {
  recognise: { images: ['hostile'] },
  sources: { manual: 'https://example.com/manual' },
  memory: {
    headroom: { ...cost('memoryMiB / 10'), source },
    reserve: { ...cost('0'), source },
    yields: [{ CACHE: 32 }, 'CACHE'],
    fixed: ['WORKERS'],
  },
  inputs: {
    depth: {
      does: 'how deep',
      unit: 'levels',
      default: 2,
      min: 1,
      max: 9,
      basis: 'assumed',
      measure: 'count them',
      why: 'because',
      source,
    },
    load: { does: 'what it waits for', choices: ['cpu', 'io'], default: 'io', why: 'because', source },
  },
  parameters: {
    WORKERS: {
      ...parameter({ formula: 'cores', min: '1', max: '64', cost: { ...cost('WORKERS * 4'), source } }),
      key: 'workers',
      suffix: 'x',
      source,
      bounds: { why: 'because', source },
      static: { value: 4, arbitrary: 'guessed', effect: 'slow', source },
    },
    CACHE: {
      ...parameter({ formula: 'memoryMiB / 4', min: '16', max: '4096', cost: cost('CACHE') }),
      hardMin: '8',
      hardMax: '8192',
      byItself: 'WORKERS * 16',
    },
  },
  settings: { mode: setting('fast') },
  secrets: { TOKEN: { does: 'lets in', example: 'change-me' } },
  disk: { ...cost('CACHE'), source },
  startupSeconds: { formula: '10', why: 'because', source },
  stop: { signal: 'SIGTERM', graceSeconds: 10, why: 'because' },
  advice: [
    {
      code: 'MANY_WORKERS',
      when: 'WORKERS > 0',
      say: '{WORKERS} workers: {remedy}',
      remedy: { parameter: 'WORKERS', formula: '1' },
      why: 'because',
      source,
    },
  ],
};

const metrics = {
  cpu: 'WORKERS',
  asks: 'pg_settings',
  settings: { WORKERS: { metric: 'demo_workers' } },
  signals: {
    BUSY: {
      does: 'busy',
      query: 'sum(busy{$selector})',
      parameter: 'WORKERS',
      unit: '%',
      expected: [{ atLeast: 5 }],
      why: 'because',
      source,
    },
    RATE: {
      does: 'rate',
      query: 'sum(rate{$selector})',
      parameter: 'WORKERS',
      unit: 'requests/s',
      expected: [{ atLeast: 5 }],
      why: 'because',
      above: 'WORKERS * 10',
      alongside: 'BUSY',
      source,
    },
  },
  loadTest: { path: '/load', requests: 100, concurrency: 2, throughput: 'RATE', source },
};

const expectations = {
  source,
  note: 'not measured',
  byCores: [{ cores: 4, rows: [{ what: 'speed', static: '1', computed: '2', gain: '2x' }] }],
  stacking: ['2x'],
};

/** By what the policy of the service hands to its program. */
export const DELIVERIES: Record<string, object> = {
  env: { as: 'env' },
  flags: { as: 'settings', program: ['demo', 'serve'], flags: ['--{key}', '{value}'] },
  file: {
    as: 'settings',
    program: ['demo', 'serve'],
    flags: ['-o', '{key}={value}'],
    file: { name: 'demo.conf', line: "{key} = '{value}'", extra: ['first = 1'], arguments: ['--config', '{path}'] },
  },
  ways: [
    {
      as: 'file',
      name: 'demo.ini',
      path: '/etc/demo/demo.ini',
      format: { as: 'keyvalue', line: '{key} = {value}', section: 'demo' },
      program: ['demo', 'serve'],
      arguments: ['--config', '{path}'],
      only: ['mode', 'quiet'],
      keys: { mode: 'the.mode' },
    },
    {
      as: 'file',
      name: 'demo.xml',
      path: '/etc/demo/demo.xml',
      format: { as: 'xml', root: 'demo' },
      arguments: ['--xml', '{path}'],
      only: ['backlog'],
    },
    { as: 'flags', program: ['demo', 'serve'], each: ['--{key}', '{value}'], only: ['WORKERS'] },
    { as: 'options', variable: 'DEMO_OPTIONS', options: ['-Xmx{CACHE}m', '-level {LEVEL}'] },
  ],
};

/** A parameter whose value is a word. */
const LEVEL = { ...parameter({ formula: 'cores < 4 ? 0 : 1', min: '0', max: '1' }), words: ['low', 'high'] };

export function basePolicy(delivery: string): object {
  return {
    policy: 'demo',
    title: 'Demo',
    ...common,
    ...(delivery === 'ways' && { extends: 'store', parameters: { ...common.parameters, LEVEL } }),
    secrets: delivery === 'env' ? common.secrets : { TOKEN: { ...common.secrets.TOKEN, flag: '--token' } },
    settings: { ...common.settings, backlog: { ...setting('8192'), sysctl: 'net.core.somaxconn' } },
    deliver: DELIVERIES[delivery],
    sharedMemory: { ...cost('64'), source },
    withoutSharedMemory: { parameters: { WORKERS: 1 }, settings: { quiet: setting('yes') }, why: 'because', source },
    sysctls: { 'net.core.somaxconn': { value: 8192, otherwise: 4096, why: 'because', source } },
    expectations,
    metrics,
  };
}

export const BASE_STACK = {
  stack: 'shop',
  main: 'web',
  deploy: {
    namespace: 'shop-space',
    labels: { team: 'shop' },
    annotations: { 'example.com/owner': 'somebody' },
  },
  services: {
    web: {
      policy: 'demo',
      atLeast: { cpu: '10m', memory: '64Mi' },
      atMost: { cpu: '8', memory: '32Gi' },
      replicas: { min: 2, max: 3 },
      connectsTo: ['db'],
      with: { depth: '3', load: 'cpu' },
      deploy: {
        image: 'example.com/web:1',
        ports: { http: 8080 },
        entrypoint: ['/bin/entry', 'run'],
        env: { GREETING: 'hello' },
        secrets: { SESSION_KEY: { does: 'signs sessions', example: 'change-me' } },
        secretName: 'web-secrets',
        files: [{ path: '/etc/web/web.conf', text: 'workers = 1\n', why: 'because' }],
        labels: { tier: 'front' },
        annotations: { 'example.com/note': 'a note' },
        nodeSelector: { disk: 'ssd' },
        user: { uid: 1000, gid: 1000 },
        writable: ['/var/cache/web'],
        writableSize: '64Mi',
        probes: {
          startup: { exec: ['/bin/check', 'started'] },
          readiness: { http: '/ready' },
          liveness: { exec: ['/bin/check', 'now'] },
        },
        egress: [{ port: 443, cidr: '10.1.0.0/16' }],
        systemd: { unit: 'web.service', exec: '/usr/bin/web', user: 'web' },
      },
    },
    db: {
      policy: 'store',
      limits: { cpu: '500m', memory: '512Mi' },
      deploy: {
        image: 'example.com/db:1',
        ports: { store: 5000 },
        entrypoint: ['/bin/entry'],
        user: { uid: 999, gid: 999 },
        probes: {
          startup: { http: '/started' },
          readiness: { exec: ['/bin/check', 'ready'] },
          liveness: { http: '/live' },
        },
        build: {
          template: 'rust',
          binary: 'db',
          packages: ['libssl3'],
          buildPackages: ['pkg-config'],
          buildImage: 'rust:1-bookworm',
          runtimeImage: 'debian:bookworm-slim',
        },
        volume: { path: '/data', size: '1Gi', storageClass: 'fast', unfenced: 'may-corrupt', dataVariable: 'DATA' },
        backup: 'a dump every night',
      },
    },
  },
  demands: [{ parameter: 'db.WORKERS', formula: 'web.WORKERS', why: 'because', source: 'manual' }],
  constraints: [
    { rule: 'web.WORKERS <= 1000', yields: 'web.WORKERS', why: 'because', source: 'manual' },
    {
      rule: 'web.WORKERS + web.CACHE <= 100000',
      yields: ['web.WORKERS', 'web.CACHE'],
      why: 'because',
      source: 'manual',
    },
  ],
  advice: [
    {
      code: 'ALL_WELL',
      when: 'web.WORKERS > 0',
      say: 'fine: {remedy}',
      remedy: { parameter: 'web.WORKERS', formula: '1' },
      why: 'because',
      source: 'manual',
    },
  ],
};

export const BASE_OVERRIDES = { web: { CACHE: { max: 512 } } };
export const BASE_MACHINE = { machine: { name: 'mine', cpu: '8', memory: '32Gi', baseline: '4' } };
export const BASE_CONTAINER = { container: { cpu: '4', memory: '8Gi', available: '7Gi' } };

export const BASE_NODES = {
  platform: 'onprem',
  source: 'https://example.com/nodes',
  kubeReserved: { cpu: '500m', memory: '1Gi' },
  systemReserved: { cpu: '100m', memory: '1Gi' },
  evictionHard: { 'memory.available': '200Mi' },
  everyNode: { cpu: '300m', memory: '512Mi' },
};
