import { describe, expect, it } from 'vitest';
import {
  formatCores,
  formatCount,
  formatCpu,
  formatDockerMemory,
  formatKubernetesCpu,
  formatKubernetesMemory,
  formatMemory,
  formatMiB,
  MAX_CPU_MILLIS,
  MAX_MEMORY_MIB,
  MIN_CPU_MILLIS,
  parseCpuMillis,
  parseInteger,
  parseMemoryMiB,
  tryDockerMemory,
  tryInteger,
  tryKubernetesCpu,
  tryKubernetesMemory,
} from '../src/units.ts';
import { problemsOf } from './samples.ts';

const refused = (message: string) => expect.objectContaining({ code: 'QUANTITY_SYNTAX', message });

describe('limits of what is planned for', () => {
  it('1024 cores, 32 TiB, CFS takes no quota below 1 ms of its 100 ms period', () => {
    // 1024 x 1000; 32 x 1024 x 1024; 1 / 100 of 1000
    expect([MAX_CPU_MILLIS, MAX_MEMORY_MIB, MIN_CPU_MILLIS]).toEqual([1_024_000, 33_554_432, 10]);
  });
});

describe('parseInteger', () => {
  it.each([
    { text: '0', is: 0 },
    { text: '1', is: 1 },
    { text: '10', is: 10 },
    { text: '999999999999999', is: 999_999_999_999_999, desc: '15 digits, the most' },
  ])('$text', ({ text, is }) => {
    expect(parseInteger(text, '--set')).toBe(is);
    expect(tryInteger(text)).toBe(is);
  });

  it.each([
    { text: '010', desc: '8 to a shell' },
    { text: '00', desc: '0 to a shell' },
    { text: '-0', desc: 'the other zero' },
    { text: '-1', desc: 'a sign' },
    { text: '+1', desc: 'a sign' },
    { text: '1e3', desc: 'an exponent' },
    { text: '0x10', desc: 'hexadecimal' },
    { text: '0o17', desc: 'octal' },
    { text: '1_000', desc: '1000 to YAML 1.1' },
    { text: '1,000', desc: 'groups' },
    { text: '1.0', desc: 'a fraction' },
    { text: '0.5', desc: 'a fraction' },
    { text: '', desc: 'nothing' },
    { text: ' 1', desc: 'a space before' },
    { text: '1 ', desc: 'a space behind' },
    { text: '1\n', desc: 'a line break' },
    { text: '1000000000000000', desc: '16 digits' },
    { text: '9007199254740991', desc: '2^53 - 1 has 16 digits' },
    { text: '9223372036854775808', desc: '2^63' },
    { text: '１', desc: 'a full-width digit' },
    { text: '٣', desc: 'an Arabic digit' },
    { text: 'NaN', desc: 'no number' },
    { text: 'Infinity', desc: 'no number' },
  ])('refuses $text: $desc', ({ text }) => {
    expect(tryInteger(text)).toBeUndefined();
    expect(() => parseInteger(text, '--set')).toThrow(
      refused(`--set: expected a whole number of at most 15 digits without a leading zero, got "${text}"`),
    );
  });
});

describe('parseCpuMillis', () => {
  it.each([
    { text: '4', is: 4000 },
    { text: '0.5', is: 500 },
    { text: '1.5', is: 1500 },
    { text: '500m', is: 500 },
    { text: '1500m', is: 1500 },
    { text: '0.001', is: 1, desc: 'the least' },
    { text: '1m', is: 1 },
    { text: '1024', is: 1_024_000, desc: 'the most' },
    { text: '1024000m', is: 1_024_000 },
    { text: '0.0019', is: 1, desc: '1.9 millicores, down' },
    { text: '0.1', is: 100, desc: 'no power of two' },
    { text: '0.29', is: 290, desc: '0.29 x 100 is 28.999999999999996 as a float' },
    { text: '1.005', is: 1005, desc: '1.005 x 1000 is 1004.9999999999999 as a float' },
    { text: '4.000000000', is: 4000, desc: 'nine digits behind the point' },
  ])('$text', ({ text, is }) => {
    expect(parseCpuMillis(text, '--cpu')).toBe(is);
  });

  const form = '--cpu: expected CPU in cores (4, 0.5) or millicores (500m)';
  it.each([
    { text: '', desc: 'nothing' },
    { text: 'm', desc: 'a unit alone' },
    { text: '1.5m', desc: 'a part of a millicore' },
    { text: '.5', desc: 'no digit before the point' },
    { text: '4.', desc: 'no digit behind the point' },
    { text: '04', desc: 'a leading zero' },
    { text: '0500m', desc: 'a leading zero' },
    { text: '1e3', desc: 'an exponent' },
    { text: '1e3m', desc: 'an exponent' },
    { text: '-1', desc: 'a sign' },
    { text: '+1', desc: 'a sign' },
    { text: '1 ', desc: 'a space' },
    { text: '4cpu', desc: 'a unit of profile names' },
    { text: '4M', desc: 'mega' },
    { text: '500mm', desc: 'a unit twice' },
    { text: '0,5', desc: 'a comma' },
    { text: '4\n', desc: 'a line break' },
    { text: '0.1234567890', desc: 'ten digits behind the point' },
    { text: '1000000000000000', desc: '16 digits' },
  ])('refuses $text: $desc', ({ text }) => {
    expect(() => parseCpuMillis(text, '--cpu')).toThrow(refused(`${form}, got "${text}"`));
  });

  it.each(['0', '0m', '0.0', '0.0009', '1024.001', '1025', '1024001m', '999999999999999'])(
    'refuses %s, out of range',
    (text) => {
      expect(() => parseCpuMillis(text, '--cpu')).toThrow(refused(`${form} from 1m to 1024, got "${text}"`));
    },
  );
});

describe('parseMemoryMiB', () => {
  it.each([
    { text: '512Mi', is: 512 },
    { text: '32Gi', is: 32_768 },
    { text: '1.5Gi', is: 1536 },
    { text: '2Ti', is: 2_097_152 },
    { text: '1024Ki', is: 1 },
    { text: '1Mi', is: 1, desc: 'the least' },
    { text: '32Ti', is: 33_554_432, desc: 'the most' },
    { text: '33554432Mi', is: 33_554_432 },
    { text: '1.9Mi', is: 1, desc: 'down' },
    { text: '2047Ki', is: 1, desc: 'one KiB below 2 MiB, down' },
    { text: '2048Ki', is: 2 },
    { text: '0.1Gi', is: 102, desc: '102.4 MiB, down' },
    { text: '0.29Gi', is: 296, desc: '296.96 MiB, down' },
  ])('$text', ({ text, is }) => {
    expect(parseMemoryMiB(text, '--memory')).toBe(is);
  });

  it.each([
    { text: '32GB', write: '32Gi', desc: '10^9 or 2^30, by whom you ask' },
    { text: '32G', write: '32Gi', desc: '10^9 to Kubernetes, 2^30 to Docker' },
    { text: '32g', write: '32Gi', desc: '2^30 to Docker and the JVM' },
    { text: '512M', write: '512Mi', desc: '10^6 to Kubernetes' },
    { text: '512m', write: '512Mi', desc: 'a thousandth to Kubernetes, 10^6 to Redis, 2^20 to Docker' },
    { text: '512MB', write: '512Mi', desc: '2^20 to PostgreSQL' },
    { text: '512mb', write: '512Mi', desc: '2^20 to Redis' },
    { text: '512MiB', write: '512Mi' },
    { text: '512mi', write: '512Mi' },
    { text: '512 Mi', write: '512Mi' },
    { text: '4096kB', write: '4096Ki', desc: 'PostgreSQL' },
    { text: '1TB', write: '1Ti' },
    { text: '512', write: '512Mi or 512Gi', desc: 'bare' },
    { text: '1073741824', write: '1024Mi, if these are bytes' },
    { text: '0.5GB', write: '0.5Gi' },
    { text: '', write: '512Mi or 32Gi' },
    { text: '-1Gi', write: '512Mi or 32Gi' },
    { text: 'Gi', write: '512Mi or 32Gi' },
  ])('refuses $text: write $write', ({ text, write }) => {
    expect(() => parseMemoryMiB(text, '--memory')).toThrow(
      refused(`--memory: expected memory in Mi, Gi or Ti (1024-based), got "${text}"; write ${write}`),
    );
  });

  it.each(['010Gi', '1e3Mi', '1.5.2Gi', '1,5Gi', '.5Gi', '5.Gi', '0.1234567890Gi', '1_000Mi', '1000000000000000Ki'])(
    'refuses %s',
    (text) => {
      expect(() => parseMemoryMiB(text, '--memory')).toThrow(
        expect.objectContaining({ code: 'QUANTITY_SYNTAX', path: '--memory' }),
      );
    },
  );

  it.each([
    { text: '1.5.2Gi', hint: 'write 1.5.2Gi' },
    { text: '0.1234567890Gi', hint: 'write 0.1234567890Gi' },
    { text: '1e3Mi', hint: 'write 1Mi' },
    { text: '1,5Gi', hint: 'write 1Mi' },
  ])('does not answer $text with "$hint"', ({ text, hint }) => {
    expect(problemsOf(() => parseMemoryMiB(text, '--memory'))[0]).not.toContain(hint);
  });

  it.each(['0Mi', '0Gi', '1023Ki', '0.9Mi', '33Ti', '33554433Mi', '999999999999999Ti'])(
    'refuses %s, out of range',
    (text) => {
      expect(() => parseMemoryMiB(text, '--memory')).toThrow(
        refused(`--memory: expected memory from 1Mi to 32Ti, got "${text}"`),
      );
    },
  );
});

describe('formats', () => {
  it.each([
    { millis: 10, cpu: '10m', cores: '0.01' },
    { millis: 250, cpu: '250m', cores: '0.25' },
    { millis: 1000, cpu: '1000m', cores: '1' },
    { millis: 1001, cpu: '1001m', cores: '1.001' },
    { millis: 1010, cpu: '1010m', cores: '1.01' },
    { millis: 1100, cpu: '1100m', cores: '1.1' },
    { millis: 19_720, cpu: '19720m', cores: '19.72' },
    { millis: 100_000, cpu: '100000m', cores: '100' },
    { millis: 1_024_000, cpu: '1024000m', cores: '1024' },
  ])('$millis millicores', ({ millis, cpu, cores }) => {
    expect([formatCpu(millis), formatCores(millis)]).toEqual([cpu, cores]);
    expect(tryKubernetesCpu(cpu)).toBe(millis);
    expect(tryKubernetesCpu(cores)).toBe(millis);
    expect(parseCpuMillis(cores, '')).toBe(millis);
  });

  it.each([
    { miB: 1, kubernetes: '1Mi', docker: '1m' },
    { miB: 1024, kubernetes: '1024Mi', docker: '1024m' },
    { miB: 33_554_432, kubernetes: '33554432Mi', docker: '33554432m' },
  ])('$miB MiB', ({ miB, kubernetes, docker }) => {
    expect([formatMemory(miB), formatDockerMemory(miB)]).toEqual([kubernetes, docker]);
    expect(tryKubernetesMemory(kubernetes)).toBe(miB);
    expect(tryDockerMemory(docker)).toBe(miB);
  });

  it.each<[string, number | undefined]>([
    ['1.5g', 1536],
    ['0.5GiB', 512],
    ['2 GB', 2048],
    ['1t', 1_048_576],
    ['536870912', 512],
    ['1023k', 0],
    ['1g5', undefined],
    ['-1', undefined],
  ])('%s is %s MiB to Docker', (text, miB) => {
    expect(tryDockerMemory(text)).toBe(miB);
  });

  it.each([
    { miB: 1, is: '1Mi' },
    { miB: 1023, is: '1023Mi' },
    { miB: 1024, is: '1Gi' },
    { miB: 1536, is: '1536Mi' },
    { miB: 34_182, is: '34182Mi' },
    { miB: 1_048_576, is: '1Ti' },
    { miB: 1_049_600, is: '1025Gi' },
    { miB: MAX_MEMORY_MIB, is: '32Ti' },
  ])('$miB MiB are $is to the Kubernetes API', ({ miB, is }) => {
    expect(formatKubernetesMemory(miB)).toBe(is);
    expect(tryKubernetesMemory(is)).toBe(miB);
  });

  it.each([
    { millis: 250, is: '250m' },
    { millis: 1000, is: '1' },
    { millis: 1500, is: '1500m' },
    { millis: MAX_CPU_MILLIS, is: '1024' },
  ])('$millis millicores are $is to the Kubernetes API', ({ millis, is }) => {
    expect(formatKubernetesCpu(millis)).toBe(is);
    expect(tryKubernetesCpu(is)).toBe(millis);
  });

  it.each([
    { value: 0, is: '0' },
    { value: 999, is: '999' },
    { value: 1000, is: '1,000' },
    { value: 12_288, is: '12,288' },
    { value: 1_048_576, is: '1,048,576' },
    { value: -123_456, is: '-123,456' },
    { value: Number.MAX_SAFE_INTEGER, is: '9,007,199,254,740,991' },
  ])('$value for people', ({ value, is }) => {
    expect(formatCount(value)).toBe(is);
    expect(formatMiB(value)).toBe(`${is} MiB`);
  });
});

describe('what other programs mean', () => {
  it.each([
    { text: '250m', millis: 250 },
    { text: '2', millis: 2000 },
    { text: '0.5', millis: 500 },
    { text: '1e3', millis: 1_000_000, desc: 'an exponent: 1000 cores' },
    { text: '1.5e-1', millis: 150 },
    { text: '2k', millis: 2_000_000 },
    { text: '1.0', millis: 1000 },
    { text: '1.', millis: 1000 },
    { text: '.5', millis: 500 },
    { text: '+1', millis: 1000 },
    { text: '0m', millis: 0 },
    { text: '0.5m', millis: 1, desc: 'up, as the scheduler counts' },
    { text: '100u', millis: 1, desc: '0.1 m, up' },
    { text: '2000000n', millis: 2 },
    { text: '.', millis: undefined },
    { text: '1 ', millis: undefined },
    { text: '1e', millis: undefined },
    { text: '-1', millis: undefined },
    { text: '1e1m', millis: undefined },
    { text: '', millis: undefined },
    { text: 'm', millis: undefined },
  ])('CPU of Kubernetes: $text', ({ text, millis }) => {
    expect(tryKubernetesCpu(text)).toBe(millis);
  });

  it.each([
    { text: '512Mi', miB: 512 },
    { text: '512M', miB: 488, desc: '512,000,000 / 1,048,576 = 488.28' },
    { text: '1G', miB: 953, desc: '10^9 / 2^20 = 953.67' },
    { text: '1Gi', miB: 1024 },
    { text: '1T', miB: 953_674, desc: '10^12 / 2^20 = 953,674.3' },
    { text: '1Ti', miB: 1_048_576 },
    { text: '1048576k', miB: 1000, desc: '1,048,576,000 / 2^20' },
    { text: '1024Ki', miB: 1 },
    { text: '536870912', miB: 512, desc: 'bytes' },
    { text: '512m', miB: 0, desc: '0.512 byte' },
    { text: '536870912000m', miB: 512, desc: 'thousandths of a byte' },
    { text: '0.5Gi', miB: 512 },
    { text: '1e9', miB: 953, desc: '10^9 / 2^20 = 953.67' },
    { text: '1E', miB: 953_674_316_406, desc: '10^18 / 2^20 = 953,674,316,406.25' },
    { text: '1E3', miB: 0, desc: 'an exponent: 1000 bytes' },
    { text: '1E9', miB: 953 },
    { text: '1Pi', miB: 1_073_741_824 },
    { text: '1Ei', miB: 1_099_511_627_776 },
    { text: '9Ei', miB: 8_796_093_022_207, desc: 'capped at 2^63 - 1 bytes' },
    { text: '1.25Gi', miB: 1280 },
    { text: '512MB', miB: undefined },
    { text: '512mi', miB: undefined },
    { text: '512K', miB: undefined, desc: 'Kubernetes knows only a small k' },
    { text: '-512Mi', miB: undefined },
    { text: '1..5Gi', miB: undefined },
    { text: '', miB: undefined },
  ])('memory of Kubernetes: $text', ({ text, miB }) => {
    expect(tryKubernetesMemory(text)).toBe(miB);
  });

  it.each([
    { text: '1', miB: 1, desc: 'a byte' },
    { text: '512M', miB: 489, desc: '488.28' },
    { text: '1e3', miB: 1 },
    { text: '1Gi', miB: 1024 },
    { text: '0', miB: 0 },
    { text: '1m', miB: 1, desc: 'a thousandth of a byte' },
  ])('memory that is taken is rounded up: $text', ({ text, miB }) => {
    expect(tryKubernetesMemory(text, 'up')).toBe(miB);
  });

  it.each([
    { text: '512m', miB: 512 },
    { text: '512M', miB: 512, desc: 'no case' },
    { text: '512mb', miB: 512 },
    { text: '2g', miB: 2048 },
    { text: '2048k', miB: 2 },
    { text: '536870912', miB: 512, desc: 'bytes' },
    { text: '536870912b', miB: 512, desc: 'bytes' },
    { text: '1047527424', miB: 999, desc: '999 x 2^20' },
    { text: '512mm', miB: undefined },
    { text: '512Mi', miB: undefined, desc: 'not a unit that we write' },
    { text: '1.5g', miB: 1536 },
    { text: '', miB: undefined },
  ])('memory of Docker: $text', ({ text, miB }) => {
    expect(tryDockerMemory(text)).toBe(miB);
  });
});
