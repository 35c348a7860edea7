import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { progressBar } from '../../src/cli/io.ts';
import type { Machine } from '../../src/hardware/profile.ts';
import { cloudOutput, filesWith, runCommand } from '../hardware/catalogue/support.ts';
import { builtInProfile } from '../support.ts';

const BOX = 'machine: { name: rack, cpu: 12, memory: 64Gi, gpus: 2 }\n';
const folder = mkdtempSync(join(tmpdir(), 'sizewright-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('profiles list', () => {
  it('is a table', async () => {
    const { exit, out, err } = await runCommand(['profiles', 'list', '--family', 'c7g', '--vcpu', '16..48']);
    expect(out).toBe(
      [
        'provider  name          vCPU      memory  threads/core  arch   GPUs',
        'aws       c7g.4xlarge     16  32,768 MiB             1  arm64     -',
        'aws       c7g.8xlarge     32  65,536 MiB             1  arm64     -',
        'aws       c7g.12xlarge    48  98,304 MiB             1  arm64     -',
        '',
      ].join('\n'),
    );
    expect(err).toBe('3 machines\n');
    expect(exit).toBe(0);
  });

  it('says how many vCPUs are active where fewer are', async () => {
    const { out } = await runCommand(['profiles', 'list', '--family', 'Esv5', '--memory', '32Gi']);
    expect(out).toBe(
      [
        'provider  name                 vCPU      memory  threads/core  arch   GPUs',
        'azure     Standard_E4-2s_v5  2 of 4  32,768 MiB             2  amd64     -',
        'azure     Standard_E4s_v5         4  32,768 MiB             2  amd64     -',
        '',
      ].join('\n'),
    );
  });

  it('is JSON, a machine a line', async () => {
    const { out } = await runCommand([
      'profiles',
      'list',
      '--format',
      'json',
      '--gpu',
      '--provider',
      'gcp',
      '--vcpu',
      '12',
    ]);
    expect(out.split('\n').length).toBe(7);
    expect(JSON.parse(out)).toEqual(
      [
        { name: 'a2-highgpu-1g', memoryMiB: 87040 },
        { name: 'a2-ultragpu-1g', memoryMiB: 174080 },
        { name: 'g2-standard-12', memoryMiB: 49152 },
        { name: 'g4-standard-12', memoryMiB: 46080 },
      ].map(({ name, memoryMiB }) => ({
        provider: 'gcp',
        name,
        vcpu: 12,
        memoryMiB,
        threadsPerCore: 2,
        architecture: 'amd64',
        gpus: 1,
      })),
    );
  });

  it('is the whole catalogue without filters, the same each time', async () => {
    const first = await runCommand(['profiles', 'list', '--format', 'json']);
    expect(JSON.parse(first.out).length).toBe(3303);
    expect((await runCommand(['profiles', 'list', '--format', 'json'])).out).toBe(first.out);
  });

  it("has the user's own", async () => {
    const files = filesWith({ 'profiles/my-rack.yaml': BOX });
    const { out } = await runCommand(['profiles', 'list', '--provider', 'other', '--format', 'json'], { files });
    expect(JSON.parse(out)).toMatchObject([
      { provider: 'other', name: 'my-rack', vcpu: 12, memoryMiB: 65536, gpus: 2 },
    ]);
  });

  it('may be empty', async () => {
    const none = ['profiles', 'list', '--family', 'c7g', '--gpu'];
    expect(await runCommand(none)).toEqual({ exit: 0, out: '', err: 'no machine matches\n' });
    expect((await runCommand([...none, '--format', 'json'])).out).toBe('[]\n');
  });

  it.each([
    { argv: ['--provider', 'ibm'], exit: 64, text: 'Allowed choices are aws, gcp, azure, other' },
    { argv: ['--arch', 'sparc'], exit: 64, text: 'Allowed choices are amd64, arm64' },
    { argv: ['--vcpus', '3'], exit: 64, text: 'Did you mean --vcpu?' },
    { argv: ['--vcpu', 'x'], exit: 1, text: 'QUANTITY_SYNTAX' },
    { argv: ['--family', 'c6z'], exit: 1, text: 'did you mean c6a, c6g, c6i?' },
  ])('refuses $argv', async ({ argv, exit, text }) => {
    const ran = await runCommand(['profiles', 'list', ...argv]);
    expect(ran.exit).toBe(exit);
    expect(ran.err).toContain(text);
    expect(ran.out).toBe('');
  });
});

describe('profiles search', () => {
  it('finds parts, with filters', async () => {
    const { out } = await runCommand(['profiles', 'search', '8XLARGE', '--family', 'c6i', '--format', 'json']);
    expect(JSON.parse(out).map(({ name }: { name: string }) => name)).toEqual(['c6i.8xlarge']);
  });

  it('has the nearest when nothing has the part', async () => {
    const { out, err, exit } = await runCommand(['profiles', 'search', 'c6j.8xlarge', '--format', 'json']);
    expect(JSON.parse(out)[0].name).toBe('c6i.8xlarge');
    expect(err).toContain('no name contains "c6j.8xlarge"; the nearest:\n');
    expect(exit).toBe(0);
  });

  it('may find nothing near', async () => {
    const { exit, err, out } = await runCommand(['profiles', 'search', 'zzzzzz']);
    expect(err).toBe(
      'sizewright: PROFILE_UNKNOWN\nsearch: expected a part of a machine\'s name, got "zzzzzz", which is near none\n',
    );
    expect({ exit, out }).toEqual({ exit: 1, out: '' });
  });
});

describe('profiles show', () => {
  it('says what a machine is, and what the platforms that run on it leave', async () => {
    const { out } = await runCommand(['profiles', 'show', 't3.large']);
    expect(out.split('\n\n')[0]).toBe(
      [
        'aws t3.large',
        '  vCPUs         2',
        '  memory        8,192 MiB nominal',
        '  threads/core  2',
        '  architecture  amd64',
        '  GPUs          0',
        '  burstable     yes, sustains 600m',
        '  ENIs          3 on the default card, 12 IPv4 addresses each',
        '  source        EC2 DescribeInstanceTypes, 2026-08 (profiles/aws/t3.yaml)',
      ].join('\n'),
    );
    // FACTS.md section 2: 8192 - 615 - 512
    expect(out).toMatch(/^ {2}host +2 cores +7,065 MiB {2}less guest overhead 615 MiB, operating system 512 MiB$/m);
    expect(out).toMatch(/^ {2}eks /m);
    expect(out).not.toMatch(/^ {2}(gke|aks) /m);
  });

  it('is JSON too', async () => {
    const { out } = await runCommand(['profiles', 'show', 'aws:c6i.8xlarge', '--format', 'json']);
    expect(JSON.parse(out)).toMatchObject({
      provider: 'aws',
      name: 'c6i.8xlarge',
      vcpu: 32,
      cpuMillis: 32000,
      memoryMiB: 65536,
      threadsPerCore: 2,
      architecture: 'amd64',
      gpus: 0,
      enis: { count: 8, ipv4PerEni: 30 },
      family: 'c6i',
      source: 'EC2 DescribeInstanceTypes, 2026-08',
      // FACTS.md section 2
      platforms: { host: { cpuMillis: 32000, memoryMiB: 57589 }, kubernetes: { cpuMillis: 31550, memoryMiB: 54691 } },
    });
  });

  it('reads one small file of the catalogue', async () => {
    const files = filesWith();
    const read: string[] = [];
    const counting = {
      ...files,
      readData: (path: string) => {
        read.push(path);
        return files.readData(path);
      },
    };
    await runCommand(['profiles', 'show', 'Standard_D8s_v5'], { files: counting });
    expect(new Set(read)).toEqual(new Set(['profiles/azure/dsv5']));
  });

  it("shows the user's own", async () => {
    const { out } = await runCommand(['profiles', 'show', 'my-rack'], {
      files: filesWith({ 'profiles/my-rack.yaml': BOX }),
    });
    expect(out).toContain('other rack\n');
    // 65536 - 5 % = 3276.8 up
    expect(out).toMatch(/host +12 cores +62,259 MiB/);
    expect(out).not.toContain('source');
  });

  it.each([
    { name: 'c6i.9xlarge', text: 'did you mean c6i.8xlarge, c6i.12xlarge, c6i.16xlarge?' },
    {
      name: '4cpu-8gi',
      text: 'show: expected a machine, got the container limits 4cpu-8gi; sizewright plan --profile 4cpu-8gi shows what they give',
    },
  ])('refuses $name', async ({ name, text }) => {
    const { exit, err } = await runCommand(['profiles', 'show', name]);
    expect(exit).toBe(1);
    expect(err).toContain(text);
  });
});

describe('profiles import', () => {
  const machines = ['c6i.large', 'c6i.xlarge', 'c6i.8xlarge'].map((name) => builtInProfile(name) as Machine);
  const input = cloudOutput('aws', machines);

  it('writes a family file to stdout, from standard input', async () => {
    const { exit, out, err } = await runCommand(['profiles', 'import', '--provider', 'aws'], { input });
    expect(out).toBe(
      [
        '# yaml-language-server: $schema=../../schemas/family.schema.json',
        'provider: aws',
        'family: c6i',
        'source: EC2 DescribeInstanceTypes',
        'architecture: amd64',
        'threadsPerCore: 2',
        'memoryMiBPerVcpu: 2048',
        'enis: { 2: 3x10, 4: 4x15, 32: 8x30 }',
        'machines:',
        '  - name: c6i.{size}',
        '    sizes: { large: 2, xlarge: 4, 8xlarge: 32 }',
        '',
      ].join('\n'),
    );
    expect(err).toBe('note: profiles/aws/c6i.yaml is where it is looked for\n');
    expect(exit).toBe(0);
  });

  it('writes to a file, and what it wrote is then what is found', async () => {
    const row = JSON.parse(input).InstanceTypes[0];
    const c9x = JSON.stringify({ InstanceTypes: [{ ...row, InstanceType: 'c9x.large' }] });
    const argv = [
      'profiles',
      'import',
      'in.json',
      '--provider',
      'aws',
      '--source',
      'a test, 2026',
      '-o',
      'profiles/aws/c9x.yaml',
    ];
    const ran = await runCommand(argv, { files: filesWith({ 'in.json': c9x }), folder });
    expect(ran.out).toBe('');
    expect(ran.exit).toBe(0);
    const written = readFileSync(join(folder, 'profiles/aws/c9x.yaml'), 'utf8');
    expect(written).toContain('source: a test, 2026\n');
    const files = filesWith({ 'profiles/aws/c9x.yaml': written });
    const { out } = await runCommand(['profiles', 'show', 'c9x.large', '--format', 'json'], { files });
    expect(JSON.parse(out)).toMatchObject({ vcpu: 2, memoryMiB: 4096, family: 'c9x', source: 'a test, 2026' });
  });

  it('--check is silent when all is as ours', async () => {
    const ran = await runCommand(['profiles', 'import', '--provider', 'aws', '--check'], { input });
    expect(ran).toEqual({ exit: 0, out: '', err: '3 machines compared, 0 differences\n' });
  });

  it('--check prints differences and exits with 2', async () => {
    const changed = [
      { ...machines[0]!, memoryMiB: 4095 },
      { ...machines[1]!, name: 'c6i.5xlarge' },
      { ...machines[2]!, name: 'm9x.large' },
    ];
    const argv = ['profiles', 'import', '--provider', 'aws', '--check'];
    expect(await runCommand(argv, { input: cloudOutput('aws', changed) })).toEqual({
      exit: 2,
      out: 'c6i.large: memoryMiB: 4095 in the input, 4096 in the catalogue\nc6i.5xlarge: not in the catalogue\nm9x.large: not in the catalogue\n',
      err: '3 machines compared, 3 differences\n',
    });
    const one = await runCommand([...argv, '--family', 'm9x'], { input: cloudOutput('aws', changed) });
    expect(one.out).toBe('m9x.large: not in the catalogue\n');
  });

  it.each([
    { argv: [], exit: 64, text: "required option '--provider <name>' not specified" },
    {
      argv: ['--provider', 'aws', 'none.json'],
      exit: 1,
      text: 'import: expected a file, got none at none.json; - is standard input',
    },
    { argv: ['--provider', 'gcp'], exit: 1, text: 'change --provider to aws' },
    { argv: ['--provider', 'aws', '-o', '/dev/null/x'], exit: 1, text: 'WRITE_FAILED' },
  ])('refuses $argv', async ({ argv, exit, text }) => {
    const ran = await runCommand(['profiles', 'import', ...argv], { input, folder: '/' });
    expect(ran.exit).toBe(exit);
    expect(ran.err).toContain(text);
  });
});

describe('--profile with a pattern', () => {
  it('plans each, in catalogue order, those asked for twice once', async () => {
    const argv = [
      'plan',
      '--format',
      'json',
      '--profile',
      'c6i.8xlarge',
      '--profile',
      'aws:c6i.1*xlarge',
      '--profile',
      'c6i.12*',
    ];
    const { out, exit } = await runCommand(argv);
    expect(exit).toBe(0);
    expect(JSON.parse(out).map(({ profile }: { profile: string }) => profile)).toEqual([
      'c6i.8xlarge',
      'c6i.12xlarge',
      'c6i.16xlarge',
    ]);
  });

  it.each([
    { argv: ['--profile', 'c7k.*'], exit: 1, text: 'did you mean c7i.*, c7g.*, c7a.*?' },
    { argv: ['--profile', 'api=c7g.*'], exit: 64, text: 'expected a pattern alone, got "api=c7g.*", which places api' },
    {
      argv: ['--profile', 'c7g.*', '--cpu', '4', '--memory', '8Gi'],
      exit: 64,
      text: 'expected a pattern alone, got --cpu too',
    },
    { argv: ['--profile', './box-?.yaml'], exit: 1, text: 'FILE_UNREADABLE' },
  ])('refuses $argv', async ({ argv, exit, text }) => {
    const ran = await runCommand(['plan', ...argv]);
    expect(ran.exit).toBe(exit);
    expect(ran.err).toContain(text);
  });
});

describe('progress', () => {
  const drawn = (isTerminal: boolean, total: number) => {
    const parts: string[] = [];
    const draw = progressBar({ isTerminal, draw: (text: string) => parts.push(text) } as never);
    for (let done = 0; done <= total; done += 1) draw(done, total, `m${done}`);
    return parts;
  };

  it('is a bar on a terminal, gone at the end', () => {
    expect(drawn(true, 3)).toEqual([
      '\r\x1b[K[------------------------] 0/3 m0',
      '\r\x1b[K[########----------------] 1/3 m1',
      '\r\x1b[K[################--------] 2/3 m2',
      '\r\x1b[K',
    ]);
  });

  it('is nothing in a pipe, and for one', () => {
    expect(drawn(false, 3)).toEqual([]);
    expect(drawn(true, 1)).toEqual([]);
  });
});

it('names near families once, though two clouds have one of the name', async () => {
  const { err } = await runCommand(['profiles', 'list', '--family', 'c99']);
  expect(err).toMatch(/got "c99"; did you mean c4, c5, c3\?/);
});
