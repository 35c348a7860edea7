/** A family file from what an EC2 API answers: moto's, whose instance types are recorded from AWS. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ROOT, temporaryFolder } from './support/generated.ts';
import { startMoto } from './support/moto.ts';
import { run } from './support/run.ts';

/** Prints what `aws ec2 describe-instance-types --output json` does: boto3 is what the AWS CLI is made of. */
const DESCRIBE = `
import boto3, json, sys
ec2 = boto3.client('ec2')
pages = ec2.get_paginator('describe_instance_types').paginate()
json.dump({'InstanceTypes': [one for page in pages for one in page['InstanceTypes']]}, sys.stdout, indent=4)
`;

let answer: string;
beforeAll(async () => {
  const moto = await startMoto();
  try {
    answer = await run(moto.tool('python'), ['-c', DESCRIBE], { env: moto.env });
  } finally {
    await moto.stop();
  }
});

test('a family of ours comes out as it is written', async () => {
  const ours = readFileSync(join(ROOT, 'profiles', 'aws', 'c6i.yaml'), 'utf8');
  const argv = ['--provider', 'aws', '--family', 'c6i', '--source', 'EC2 DescribeInstanceTypes, 2026-08'];
  expect(await sizewright('import', ...argv)).toBe(ours);
});

test('a family that we do not have can be planned with at once', async () => {
  const folder = temporaryFolder();
  await sizewright('import', '--provider', 'aws', '--family', 'r9g', '-o', join(folder, 'profiles/aws/r9g.yaml'));
  const program = join(ROOT, 'dist', 'bin.js');
  const plan = JSON.parse(
    await run('node', [program, 'plan', '--stack', 'spatialvortex', '--profile', 'r9g.4xlarge', '--format', 'json'], {
      cwd: folder,
    }),
  );
  expect(plan.machines[0]).toMatchObject({ architecture: 'arm64', capacity: { cpuMillis: 16000, memoryMiB: 131072 } });
});

test('the whole answer agrees with the catalogue, but for what is newer', async () => {
  const program = join(ROOT, 'dist', 'bin.js');
  const file = join(temporaryFolder(), 'answer.json');
  writeFileSync(file, answer);
  const check = run('node', [program, 'profiles', 'import', file, '--provider', 'aws', '--check'], { cwd: ROOT });
  const printed = await check.then(
    () => '',
    (error: Error) => error.message,
  );
  expect(printed).toContain('exit status 2');
  const differences = printed.split('\n').filter((line) => /^[a-z0-9-]+\.[a-z0-9-]+: /.test(line));
  expect(differences.filter((line) => !line.endsWith(': not in the catalogue'))).toEqual([
    // A second network card, which the answer of 2026-08 did not tell apart.
    'i7ie.48xlarge: enis: 8x50 in the input, 15x50 in the catalogue',
    'i7ie.metal-48xl: enis: 8x50 in the input, 15x50 in the catalogue',
    'i8ge.48xlarge: enis: 12x50 in the input, 24x50 in the catalogue',
    'i8ge.metal-48xl: enis: 12x50 in the input, 24x50 in the catalogue',
  ]);
  expect(printed).toMatch(/^1,395 machines compared, \d+ differences$/m);
});

/** `sizewright profiles …` with the answer as its standard input. */
function sizewright(...argv: string[]): Promise<string> {
  return run('node', [join(ROOT, 'dist', 'bin.js'), 'profiles', ...argv], { cwd: ROOT, input: answer });
}
