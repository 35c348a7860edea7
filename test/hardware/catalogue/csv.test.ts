import { describe, expect, it } from 'vitest';
import { readMachineCsv } from '../../../src/hardware/catalogue/csv.ts';
import { differencesOf } from '../../../src/hardware/catalogue/stated.ts';
import type { Machine } from '../../../src/hardware/profile.ts';
import { errorOf } from '../../samples.ts';
import { builtInProfile } from '../../support.ts';

const AWS = 'name,vcpu,cores,threads_per_core,memory_mib,arch,gpus,burstable,default_card_enis,ipv4_per_eni\n';
const T3 = 't3.large,2,1,2,8192,x86_64,0,1,3,12';
const GCP = 'name,vcpu,memory_gib,shared_core\n';
const AZURE = 'name,vcpu,memory_mib,gpus,arch\n';

describe('tables', () => {
  it.each([
    {
      desc: 'AWS, whatever stands between the columns',
      text: `${AWS}${T3}\n`,
      provider: 'aws',
      machine: {
        name: 't3.large',
        vcpus: 2,
        memoryMiB: 8192,
        threadsPerCore: 2,
        architecture: 'amd64',
        gpus: 0,
        burstable: true,
        enis: { count: 3, ipv4PerEni: 12 },
      },
    },
    {
      // 7.2 GiB = 7372.8 MiB
      desc: 'GCP, a part of a MiB dropped, CRLF',
      text: `${GCP}n1-highcpu-8,8,7.2,0\r\n`,
      provider: 'gcp',
      machine: { name: 'n1-highcpu-8', vcpus: 8, memoryMiB: 7372, burstable: false },
    },
    {
      desc: 'Azure, no line break at the end',
      text: `${AZURE}Standard_D2pls_v5,2,4096,0,arm64`,
      provider: 'azure',
      machine: { name: 'Standard_D2pls_v5', vcpus: 2, memoryMiB: 4096, gpus: 0, architecture: 'arm64' },
    },
  ])('$desc', ({ text, provider, machine }) => {
    expect(readMachineCsv(text, 'x.csv')).toEqual({ provider, machines: [{ provider, ...machine }] });
  });

  it.each([
    {
      desc: 'another header',
      text: 'name,price\nx,1\n',
      message: /^x.csv:1: expected a header with the columns name,vcpu,.*got "name,price"$/,
    },
    { desc: 'nothing', text: '', message: /^x.csv:1: expected a header .*got ""$/ },
    {
      desc: 'a cell too few',
      text: `${AZURE}a,1,2,3\n`,
      message: 'x.csv:2: expected 5 cells without quotes, got 4 in "a,1,2,3"',
    },
    {
      desc: 'no number',
      text: `${AZURE}a,two,1,0,amd64\n`,
      message: 'x.csv:2: vcpu: expected a whole number of at most 15 digits without a leading zero, got "two"',
    },
    {
      desc: 'no architecture',
      text: `${AZURE}a,1,1,0,sparc\n`,
      message: 'x.csv:2: arch: expected an architecture (amd64, x86_64, arm64), got "sparc"',
    },
    { desc: 'no flag', text: `${GCP}a,1,1,yes\n`, message: 'x.csv:2: shared_core: expected 0 or 1, got "yes"' },
  ])('refuses $desc', async ({ text, message }) => {
    const error = await errorOf(() => readMachineCsv(text, 'x.csv'));
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });
});

describe('differences', () => {
  const ours = builtInProfile('t3.large') as Machine;
  const [same] = readMachineCsv(`${AWS}${T3}`, 'x.csv').machines;

  it('there are none', () => {
    expect(differencesOf(same!, ours)).toEqual([]);
  });

  it('the machine is not there', () => {
    expect(differencesOf(same!, undefined)).toEqual([
      { name: 't3.large', fact: 'machine', stated: 'listed', ours: 'none' },
    ]);
  });

  it.each([
    { row: T3.replace(',2,1,', ',4,1,'), fact: 'vcpus', stated: '4', own: '2' },
    { row: T3.replace('8192', '8191'), fact: 'memoryMiB', stated: '8191', own: '8192' },
    { row: T3.replace(',1,2,', ',1,1,'), fact: 'threadsPerCore', stated: '1', own: '2' },
    { row: T3.replace('x86_64', 'arm64'), fact: 'architecture', stated: 'arm64', own: 'amd64' },
    { row: T3.replace(',0,1,', ',1,1,'), fact: 'gpus', stated: '1', own: '0' },
    { row: T3.replace(',0,1,', ',0,0,'), fact: 'burstable', stated: 'false', own: 'true' },
    { row: T3.replace(',3,12', ',3,13'), fact: 'enis', stated: '3x13', own: '3x12' },
  ])('$fact', ({ row, fact, stated, own }) => {
    const [other] = readMachineCsv(AWS + row, 'x.csv').machines;
    expect(differencesOf(other!, ours)).toEqual([{ name: 't3.large', fact, stated, ours: own }]);
  });

  it('silence is none, and constrained sizes count as listed', () => {
    const azure = builtInProfile('Standard_E4-2s_v5') as Machine;
    expect(differencesOf({ provider: 'azure', name: 'Standard_E4-2s_v5', vcpus: 4, memoryMiB: 32768 }, azure)).toEqual(
      [],
    );
  });
});
