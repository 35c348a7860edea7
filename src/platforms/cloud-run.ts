import type { Amount, PairPlatform, PairRow } from './platform.ts';

/** @param memoryTo GiB; @param memoryFrom MiB */
const whole = (vcpus: number, memoryFrom: number, memoryTo: number): PairRow => ({
  cpuMillis: { from: vcpus * 1000, to: vcpus * 1000, step: 1 },
  memoryMiB: { from: memoryFrom, to: memoryTo * 1024, step: 1 },
});

/**
 * Google Cloud Run services, 2026-06. Below 1 vCPU in hundredths; more than 512 MiB needs 0.5 vCPU, more than 1 GiB
 * a whole one.
 * @see https://cloud.google.com/run/docs/configuring/services/cpu
 * @see https://cloud.google.com/run/docs/configuring/services/memory-limits
 */
export const cloudRun: PairPlatform = {
  name: 'cloud-run',
  kind: 'cloud-run',
  replicas: 'stack',
  scaling: 'place',
  sysctls: [],
  pairs: [
    { cpuMillis: { from: 80, to: 490, step: 10 }, memoryMiB: { from: 128, to: 512, step: 1 } },
    { cpuMillis: { from: 500, to: 990, step: 10 }, memoryMiB: { from: 128, to: 1024, step: 1 } },
    whole(1, 128, 4),
    whole(2, 128, 8),
    whole(4, 2048, 16),
    whole(6, 4096, 24),
    whole(8, 4096, 32),
  ],
  source: 'https://cloud.google.com/run/docs/configuring/services/memory-limits',
  noSharedMemory: 'nothing can be mounted at /dev/shm on Cloud Run',
  noVolume: 'Cloud Run has no block storage',
  advice: (pair) =>
    pair.cpuMillis < 1000
      ? 'below 1 vCPU an instance takes one request at a time, in the first generation, billed by request'
      : undefined,
};

/** Requests at a time that an instance is given unless a service asks for another number. */
const DEFAULT_CONCURRENCY = 80;
const SECOND_GENERATION_MIB = 512;

/** What follows from a pair. `alwaysOn`: CPU between requests too, billed by instance. */
export function instanceRules({ cpuMillis, memoryMiB }: Amount): {
  concurrency: number;
  generation: 1 | 2;
  alwaysOn: boolean;
} {
  const whole = cpuMillis >= 1000;
  const large = memoryMiB >= SECOND_GENERATION_MIB;
  return {
    concurrency: whole ? DEFAULT_CONCURRENCY : 1,
    generation: whole && large ? 2 : 1,
    alwaysOn: whole && large,
  };
}
