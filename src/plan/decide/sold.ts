/** Where only pairs of CPU and memory are sold: the one that would do. */
import { firstStep } from '../../platforms/pairs.ts';
import type { Amount, PairRow } from '../../platforms/platform.ts';
import { greatest } from './greatest.ts';

/** The pair of least memory, then of least CPU, that has at least `least` and at which `holds`; undefined for none. */
export function smallestPair(
  pairs: readonly PairRow[],
  least: Amount,
  holds: (pair: Amount) => boolean,
): Amount | undefined {
  const found = pairs.flatMap((row): Amount[] => {
    const cpuMillis = firstStep(row.cpuMillis, least.cpuMillis);
    const from = firstStep(row.memoryMiB, least.memoryMiB);
    if (cpuMillis === undefined || from === undefined) return [];
    const { to, step } = row.memoryMiB;
    const steps = Math.floor((to - from) / step);
    const pairAt = (index: number) => ({ cpuMillis, memoryMiB: from + index * step });
    const first = greatest(0, steps, (index) => !holds(pairAt(index))) + 1;
    return first > steps ? [] : [pairAt(first)];
  });
  return found.sort((a, b) => a.memoryMiB - b.memoryMiB || a.cpuMillis - b.cpuMillis)[0];
}
