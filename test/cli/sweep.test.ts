import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sweepPlot } from '../../src/cli/plot.ts';
import type { Sweep } from '../../src/requests/sweep.ts';
import { runCommand } from '../hardware/catalogue/support.ts';

const folder = mkdtempSync(join(tmpdir(), 'sizewright-'));
afterAll(() => rmSync(folder, { recursive: true }));

const onnx = ['sweep', '--param', 'api.ONNX_POOL_SIZE', '--family', 'c6i'];

describe('sweep', () => {
  it('has the value on each size, within its bounds, and what decided it', async () => {
    const { exit, out } = await runCommand([...onnx, '--format', 'json']);
    expect(exit).toBe(0);
    const sweep: Sweep = JSON.parse(out);
    expect(sweep).toMatchObject({
      stack: 'spatialvortex',
      platform: 'host',
      family: 'aws/c6i',
      parameter: 'api.ONNX_POOL_SIZE',
      unit: 'sessions',
    });
    const short = sweep.points.map(({ machine, decision, problem }) => [
      machine,
      decision ? `${decision.value} in ${decision.min}..${decision.max} ${decision.decidedBy}` : problem!.code,
    ]);
    // c6i.2xlarge, by hand: 16384 - 1229 (7.5 %) = 15155 - 758 (5 %) = 14397; 5/8 of it 8998 (8998.125); available
    // 8998 - 899 - 128 = 7971; 5 cores; the formula asks for min(15, 15) = 15 = 9,532 MiB; the rest costs
    // 9532 - 7500 = 2032, so (7971 - 2032) / 500 = 11 are affordable.
    // c6i.8xlarge is FACTS.md section 2's; c6i.large is 4096 - 308 - 512 = 3276, 5/8 of it 2048 (2047.5) for sessions
    // of 500 MiB, of which the floor is 4.
    expect(Object.fromEntries(short)).toMatchObject({
      'c6i.large': 'BUDGET_EXCEEDED',
      'c6i.2xlarge': '11 in 4..32 budget',
      'c6i.8xlarge': '32 in 4..32 bound',
      'c6i.metal': '32 in 4..32 bound',
    });
    expect(short.length).toBe(10);
  });

  it('is a table', async () => {
    const { out } = await runCommand(onnx);
    const lines = out.split('\n');
    expect(lines[0]).toBe('api.ONNX_POOL_SIZE of spatialvortex, platform host');
    expect(lines[1]).toBe('  machine       vCPU       memory  sessions  bounds  decided by');
    expect(lines[2]).toMatch(/^ {2}c6i.large {8}2 {4}4,096 MiB {9}- {2}- {7}BUDGET_EXCEEDED {2}api: expected costs of/);
    expect(lines[4]).toMatch(
      /^ {2}c6i.2xlarge {6}8 {3}16,384 MiB {8}11 {2}4\.\.32 {3}budget {11}15 sessions would cost 9,532 MiB; 7,971 are available$/,
    );
  });

  it('says what a constraint decided, and where the formula stands alone', async () => {
    const argv = [
      'sweep',
      '--param',
      'api.DB_POOL_SIZE',
      '--family',
      'c6i',
      '--platform',
      'kubernetes',
      '--format',
      'json',
    ];
    const { points }: Sweep = JSON.parse((await runCommand(argv)).out);
    // 7890 / 40 = 197 connections: (197 - 8) / 10 replicas
    expect(points.find(({ machine }) => machine === 'c6i.8xlarge')?.decision).toMatchObject({
      value: 18,
      decidedBy: 'constraint',
    });
    const host: Sweep = JSON.parse((await runCommand([...argv.slice(0, 5), '--format', 'json'])).out);
    expect(host.points.find(({ machine }) => machine === 'c6i.8xlarge')?.decision).toMatchObject({
      value: 80,
      decidedBy: 'formula',
    });
  });

  it('takes overrides', async () => {
    const { points }: Sweep = JSON.parse(
      (await runCommand([...onnx, '--set', 'api.ONNX_POOL_SIZE=5', '--format', 'json'])).out,
    );
    expect(points.find(({ machine }) => machine === 'c6i.8xlarge')?.decision).toMatchObject({
      value: 5,
      decidedBy: 'override',
    });
  });

  it.each([
    { output: 'onnx.svg', begins: '<svg xmlns="http://www.w3.org/2000/svg"' },
    { output: 'onnx.json', begins: '{\n  "stack": "spatialvortex"' },
    { output: 'onnx.txt', begins: 'api.ONNX_POOL_SIZE of spatialvortex' },
  ])('writes $output by its ending', async ({ output, begins }) => {
    const ran = await runCommand([...onnx, '-o', output], { folder });
    expect(ran).toEqual({ exit: 0, out: '', err: '' });
    expect(readFileSync(join(folder, output), 'utf8').startsWith(begins)).toBe(true);
  });

  it('refuses to write over a folder, and leaves nothing beside it', async () => {
    const parent = mkdtempSync(join(folder, 'parent-'));
    mkdirSync(join(parent, 'onnx.svg'));
    const { exit, out, err } = await runCommand([...onnx, '-o', 'onnx.svg'], { folder: parent });
    expect([exit, out]).toEqual([1, '']);
    expect(err).toBe(
      'sizewright: WRITE_FAILED\nonnx.svg: expected a file that can be written, got EISDIR; check the path\n',
    );
    expect(readdirSync(parent)).toEqual(['onnx.svg']);
  });

  it('refuses a folder that cannot be made', async () => {
    const { exit, err } = await runCommand([...onnx, '-o', 'proc/none/onnx.svg'], { folder: '/' });
    expect([exit, err.split('\n')[0]]).toEqual([1, 'sizewright: WRITE_FAILED']);
  });

  it('where no size holds the stack it exits with 1', async () => {
    const { exit, out, err } = await runCommand([
      'sweep',
      '--param',
      'api.ONNX_POOL_SIZE',
      '--family',
      't2',
      '--max',
      'api.ONNX_POOL_SIZE=4',
      '--min',
      'postgres.max_connections=200',
      '--platform',
      'kubernetes',
      '--set',
      'api.CACHE_SIZE_MB=60000',
    ]);
    expect(exit).toBe(1);
    expect(out).toContain('t2.nano');
    expect(err).toBe('no size of aws/t2 holds spatialvortex on kubernetes\n');
  });

  it.each([
    { argv: ['--family', 'c6i'], exit: 64, text: "required option '--param" },
    { argv: ['--param', 'api.X'], exit: 64, text: "required option '--family" },
    {
      argv: ['--param', 'api.ONX_POOL_SIZE', '--family', 'c6i'],
      exit: 1,
      text: '--param: expected a planned value such as api.ONNX_POOL_SIZE',
    },
    {
      argv: [
        '--param',
        'postgres.work_mem',
        '--external',
        'postgres',
        '--set',
        'postgres.max_connections=100',
        '--family',
        'c6i',
      ],
      exit: 1,
      text: 'SERVICE_UNKNOWN',
    },
    { argv: ['--param', 'api.ONNX_POOL_SIZE', '--family', 'c6z'], exit: 1, text: 'did you mean c6a, c6g, c6i?' },
    {
      argv: ['--param', 'api.ONNX_POOL_SIZE', '--family', 'c6i', '--format', 'png'],
      exit: 64,
      text: 'Allowed choices are table, json, svg',
    },
  ])('refuses $argv', async ({ argv, exit, text }) => {
    const ran = await runCommand(['sweep', ...argv]);
    expect(ran.exit).toBe(exit);
    expect(ran.err).toContain(text);
  });
});

describe('the plot', () => {
  const point = (
    machine: string,
    value: number,
    decidedBy: 'formula' | 'bound' | 'budget' | 'constraint',
    max = 32,
  ) => ({
    machine,
    vcpu: 2,
    cpuMillis: 2000,
    memoryMiB: 4096,
    decision: { value, min: 4, max, decidedBy, reason: 'because' },
  });
  const sweep: Sweep = {
    stack: 'shop',
    platform: 'host',
    family: 'aws/c9x',
    parameter: 'web.THINGS',
    unit: 'things & more',
    points: [
      {
        machine: 'c9x.small',
        vcpu: 2,
        cpuMillis: 1000,
        memoryMiB: 512,
        problem: { code: 'BUDGET_EXCEEDED', message: 'too <small>' },
      },
      point('c9x.large', 8, 'formula'),
      point('c9x.xlarge', 20, 'budget'),
      point('c9x.2xlarge', 24, 'constraint'),
      point('c9x.4xlarge', 32, 'bound'),
    ],
  };
  const svg = sweepPlot(sweep);
  const count = (pattern: RegExp, text = svg) => [...text.matchAll(pattern)].length;

  it('is well-formed, without script, from nowhere else, light and dark', () => {
    const open: string[] = [];
    for (const [, slash, name, rest] of svg.matchAll(/<(\/?)([a-z]+)((?:[^>"]|"[^"]*")*)>/g)) {
      if (slash) expect(open.pop()).toBe(name);
      else if (!rest!.endsWith('/')) open.push(name!);
    }
    expect(open).toEqual([]);
    expect(svg).not.toMatch(/script|href|url\(|@import|onload|NaN|Infinity|undefined/);
    expect(count(/@media \(prefers-color-scheme: dark\)/g)).toBe(1);
    expect(count(/http/g)).toBe(1);
  });

  it('has title, axes, labels and legend, with text escaped', () => {
    expect(svg).toContain('<title>web.THINGS over aws/c9x</title>');
    expect(svg).toContain('>stack shop, platform host</text>');
    expect(svg).toContain('>things &amp; more</text>');
    expect(svg).toContain('>size of aws/c9x (vCPUs)</text>');
    for (const label of ['small (1)', 'large (2)', 'xlarge (2)', '2xlarge (2)', '4xlarge (2)'])
      expect(svg).toContain(`>${label}</text>`);
    for (const text of [
      'as the formula says',
      'held by a bound',
      'the memory budget bites',
      'held by another service',
      'no plan on this size',
      'bounds',
    ])
      expect(count(new RegExp(`>${text}</text>`, 'g'))).toBe(1);
    expect(svg).toContain('too &lt;small&gt;');
    expect(svg).not.toContain('set by the operator');
  });

  it('marks each point by what decided it, and leaves a gap where there is no plan', () => {
    // One each in the legend, one each as a point.
    for (const mark of ['value', 'bound', 'budget', 'constraint', 'none'])
      expect(count(new RegExp(`class="${mark}"`, 'g'))).toBe(2);
    const line = /class="line" d="([^"]*)"/.exec(svg)![1]!;
    expect(count(/M/g, line)).toBe(1);
    expect(count(/L/g, line)).toBe(3);
    const band = /class="band" d="([^"]*)"\/>\n/.exec(svg)![1]!;
    expect(count(/Z/g, band)).toBe(4);
  });

  it('puts values where the axis says', () => {
    // The plot is 260 high, and 0..40 in steps of 10: 20 is half way up, 8 a fifth, 32 four fifths.
    const [, bottom] = /class="axis" d="M84,[\d.]+V([\d.]+)H/.exec(svg)!;
    const y = (mark: string) =>
      Number(new RegExp(`${mark}" d="M[\\d.]+,([\\d.]+)m`, 'g').exec(svg.slice(svg.indexOf('class="line"')))![1]);
    expect(Number(bottom) - y('budget')).toBeCloseTo(130, 0);
    expect(Number(bottom) - y('bound')).toBeCloseTo(208, 0);
  });

  it('says where the upper bound is off the scale', () => {
    const far = { ...sweep, points: [point('c9x.large', 8, 'formula', 5000)] };
    expect(sweepPlot(far)).toContain('bounds (the upper one is off the scale)');
  });

  it('copes with one size, none with a plan, and many', () => {
    const none = sweepPlot({ ...sweep, points: sweep.points.slice(0, 1) });
    expect(none).not.toMatch(/NaN|Infinity|undefined/);
    const many = Array.from({ length: 60 }, (_, index) => point(`c9x.${index}xlarge`, index, 'formula', 64));
    expect(sweepPlot({ ...sweep, points: many })).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('is the same each time', () => {
    expect(sweepPlot(sweep)).toBe(svg);
  });
});
