import { describe, expect, it } from 'vitest';
import { nearestNames } from '../../src/errors/nearest.ts';

const names = [
  ...['c6a', 'c6g', 'c6i', 'c7i'].flatMap((family) =>
    ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge'].map((size) => `${family}.${size}`),
  ),
  ...['standard', 'highmem'].flatMap((type) => [2, 4, 8, 16].map((size) => `n2-${type}-${size}`)),
  'Standard_D8s_v5',
  'Standard_D16s_v5',
  'ACTIX_WORKERS',
  'ONNX_POOL_SIZE',
  'DB_POOL_SIZE',
  '--profile',
  'postgres',
  'env',
];

describe('nearestNames', () => {
  it.each([
    { desc: 'the sizes around', wanted: 'c6i.9xlarge', near: ['c6i.8xlarge', 'c6i.12xlarge', 'c6i.16xlarge'] },
    { desc: 'the letter beside', wanted: 'c6j.8xlarge', near: ['c6i.8xlarge', 'c6g.8xlarge', 'c6a.8xlarge'] },
    { desc: 'a wrong letter', wanted: 'n2-standart-8', near: ['n2-standard-8', 'n2-standard-4', 'n2-standard-16'] },
    {
      desc: 'two letters swapped',
      wanted: 'n2-standrad-8',
      near: ['n2-standard-8', 'n2-standard-4', 'n2-standard-16'],
    },
    { desc: 'case', wanted: 'standard_d8s_v5', near: ['Standard_D8s_v5', 'Standard_D16s_v5'] },
    { desc: 'a prefix left out', wanted: 'D8s_v5', near: ['Standard_D8s_v5'] },
    { desc: 'a suffix left out', wanted: 'c6i.8xl', near: ['c6i.8xlarge'] },
    { desc: 'a letter left out', wanted: 'ACTIX_WORKER', near: ['ACTIX_WORKERS'] },
    { desc: 'a part, in the order given', wanted: 'pool_size', near: ['ONNX_POOL_SIZE', 'DB_POOL_SIZE'] },
    { desc: 'a flag', wanted: '--porfile', near: ['--profile'] },
    { desc: 'a letter too many', wanted: 'postgress', near: ['postgres'] },
    { desc: 'a short name, one edit', wanted: 'evn', near: ['env'] },
    { desc: 'a short name, two edits', wanted: 'evm', near: [] },
    { desc: 'nothing near', wanted: 'my-machine', near: [] },
    { desc: 'nothing', wanted: '', near: [] },
  ])('$desc: $wanted', ({ wanted, near }) => {
    expect(nearestNames(wanted, names)).toEqual(near);
  });

  it('gives at most the limit', () => {
    expect(nearestNames('c6i.9xlarge', names, 1)).toEqual(['c6i.8xlarge']);
    expect(nearestNames('c6i.9xlarge', [])).toEqual([]);
  });
});
