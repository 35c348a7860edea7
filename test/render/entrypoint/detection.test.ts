import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { linesOf } from '../../formula/shells.ts';
import { builtInPolicy } from '../../support.ts';
import { functionsOf, scriptOf } from './cases.ts';

const trees = fileURLToPath(new URL('../../fixtures/cgroup', import.meta.url));

/** What the functions of an entry point detect below a root that is fixed when the script is made. */
function detectedBelow(root: string): string[] {
  const functions = functionsOf(scriptOf(builtInPolicy('redis'), root));
  return linesOf(['/bin/sh'], `${functions}\n_sw_detect\necho "$_sw_kernel_cpu $_sw_kernel_memory $_sw_kernel_free"\n`);
}

describe('the trees of test/fixtures/cgroup', () => {
  it.each(readdirSync(trees))('%s', (name) => {
    const { cpuMillis, memoryMiB, freeMiB } = JSON.parse(readFileSync(`${trees}/${name}/expected.json`, 'utf8'));
    expect(detectedBelow(`${trees}/${name}`)).toEqual([`${cpuMillis.value} ${memoryMiB.value} ${freeMiB.value}`]);
  });
});

it('finds nothing where there is nothing', () => {
  expect(detectedBelow('/nowhere')).toEqual(['  ']);
});
