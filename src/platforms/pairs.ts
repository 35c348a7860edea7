/** Pairs of CPU and memory: the best one within limits, and those nearest to limits that hold none. */
import type { Amount, PairRow, Steps } from './platform.ts';

/** Most CPU first, then most memory, within `limits` and not below `atLeast`; undefined where there is none. */
export function bestPair(rows: readonly PairRow[], limits: Amount, atLeast: Amount): Amount | undefined {
  const pairs = rows.map((row) => ({
    cpuMillis: down(row.cpuMillis, limits.cpuMillis),
    memoryMiB: down(row.memoryMiB, limits.memoryMiB),
  }));
  return pairs
    .filter(({ cpuMillis, memoryMiB }) => cpuMillis >= atLeast.cpuMillis && memoryMiB >= atLeast.memoryMiB)
    .sort(byMost)[0];
}

export function isPair(rows: readonly PairRow[], pair: Amount): boolean {
  return bestPair(rows, pair, pair) !== undefined;
}

/**
 * For limits that hold no pair: those that exceed them by the least. None exceeds them by less CPU and by less memory
 * than one of these does.
 */
export function nearestPairs(rows: readonly PairRow[], limits: Amount, atLeast: Amount): Amount[] {
  const pairs = rows.flatMap((row): Amount[] => {
    const cpuMillis = near(row.cpuMillis, limits.cpuMillis, atLeast.cpuMillis);
    const memoryMiB = near(row.memoryMiB, limits.memoryMiB, atLeast.memoryMiB);
    return cpuMillis === undefined || memoryMiB === undefined ? [] : [{ cpuMillis, memoryMiB }];
  });
  const over = (pair: Amount) => [
    Math.max(0, pair.cpuMillis - limits.cpuMillis),
    Math.max(0, pair.memoryMiB - limits.memoryMiB),
  ];
  const found: Amount[] = [];
  for (const pair of pairs.sort(byMost)) {
    const [cpu, memory] = over(pair) as [number, number];
    const beaten = pairs.some((other) => {
      const [otherCpu, otherMemory] = over(other) as [number, number];
      return otherCpu <= cpu && otherMemory <= memory && (otherCpu < cpu || otherMemory < memory);
    });
    const same = found.some((other) => over(other).join() === over(pair).join());
    if (!beaten && !same) found.push(pair);
  }
  return found.reverse();
}

function byMost(a: Amount, b: Amount): number {
  return b.cpuMillis - a.cpuMillis || b.memoryMiB - a.memoryMiB;
}

/** The greatest step of at most `value`; −1 below the first one. */
function down({ from, to, step }: Steps, value: number): number {
  const top = Math.min(to, value);
  return top < from ? -1 : top - ((top - from) % step);
}

/** The greatest step within `value` that is at least `least`, else the smallest that is; undefined where none is. */
function near(steps: Steps, value: number, least: number): number | undefined {
  const within = down(steps, value);
  if (within >= least && within >= steps.from) return within;
  return firstStep(steps, least);
}

/** The smallest step that is at least `least`; undefined where none is. */
export function firstStep({ from, to, step }: Steps, least: number): number | undefined {
  const smallest = from + Math.max(0, Math.ceil((least - from) / step)) * step;
  return smallest <= to ? smallest : undefined;
}
