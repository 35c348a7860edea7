/** What somebody else says of a machine (a cloud's API, a table), and how that differs from the catalogue. */

import type { CloudProvider } from '../family.ts';
import { type Machine, vcpusOf } from '../profile.ts';

/** One machine as a source states it; what the source is silent on is absent. */
export interface StatedMachine {
  provider: CloudProvider;
  name: string;
  /** As listed: where fewer are active, the name says so. */
  vcpus: number;
  memoryMiB: number;
  threadsPerCore?: number;
  architecture?: Machine['architecture'];
  gpus?: number;
  burstable?: boolean;
  enis?: { count: number; ipv4PerEni: number };
}

export interface Difference {
  name: string;
  /** `memoryMiB`; `machine` where the catalogue has none of that name. */
  fact: string;
  stated: string;
  ours: string;
}

/** Each fact that the source states and the catalogue has otherwise. */
export function differencesOf(stated: StatedMachine, ours: Machine | undefined): Difference[] {
  const { name } = stated;
  if (ours === undefined) return [{ name, fact: 'machine', stated: 'listed', ours: 'none' }];
  const pairs: [fact: string, stated: unknown, ours: unknown][] = [
    ['provider', stated.provider, ours.provider],
    ['vcpus', stated.vcpus, vcpusOf(ours)],
    ['memoryMiB', stated.memoryMiB, ours.memoryMiB],
    ['threadsPerCore', stated.threadsPerCore, ours.threadsPerCore],
    ['architecture', stated.architecture, ours.architecture],
    ['gpus', stated.gpus, ours.gpus],
    ['burstable', stated.burstable, ours.burstable !== undefined],
    ['enis', stated.enis && enisText(stated.enis), ours.enis ? enisText(ours.enis) : 'none'],
  ];
  return pairs.flatMap(([fact, theirs, own]) =>
    theirs === undefined || theirs === own ? [] : { name, fact, stated: `${theirs}`, ours: `${own}` },
  );
}

/** `8x30`, as family files write it. */
export function enisText({ count, ipv4PerEni }: { count: number; ipv4PerEni: number }): string {
  return `${count}x${ipv4PerEni}`;
}

/** An architecture as the clouds write it: `x86_64_mac`, `X86_64`, `x64`, `Arm64`, `i386`; undefined for others. */
export function tryArchitecture(text: string): Machine['architecture'] | undefined {
  if (/^(amd64|x86_64(_mac)?|x64|i386)$/i.test(text)) return 'amd64';
  return /^arm64(_mac)?$/i.test(text) ? 'arm64' : undefined;
}
