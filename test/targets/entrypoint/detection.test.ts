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
  it.each(readdirSync(trees))('%s: a limit that cannot be seen is noted as by the planner', (name) => {
    const { notes }: { notes: string[] } = JSON.parse(readFileSync(`${trees}/${name}/expected.json`, 'utf8'));
    const variables = { cpu: 'SIZEWRIGHT_CPU_MILLIS', memory: 'SIZEWRIGHT_MEMORY_MIB' };
    const unseen = notes.flatMap((note) => {
      const [, what] = /^(cpu|memory): .* cannot be seen$/.exec(note) ?? [];
      return what === undefined ? [] : [`${note}; set ${variables[what as 'cpu']} to what is granted`];
    });
    const functions = functionsOf(scriptOf(builtInPolicy('redis'), `${trees}/${name}`));
    const said = linesOf(['/bin/sh'], `${functions}\n_sw_detect\nprintf %s "$_sw_notes"\n`);
    expect(said.filter((line) => line.includes('cannot be seen'))).toEqual(unseen);
  });

  it.each(readdirSync(trees))('%s', (name) => {
    const { cpuMillis, memoryMiB, freeMiB } = JSON.parse(readFileSync(`${trees}/${name}/expected.json`, 'utf8'));
    expect(detectedBelow(`${trees}/${name}`)).toEqual([`${cpuMillis.value} ${memoryMiB.value} ${freeMiB.value}`]);
  });
});

it('finds nothing where there is nothing', () => {
  expect(detectedBelow('/nowhere')).toEqual(['  ']);
});
