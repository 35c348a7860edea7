/** What must hold of every plan, checked once more before anything is written. */
import type { Finding } from '../errors/errors.ts';
import { type FindingCode, finding } from '../errors/findings.ts';
import { isMachinePlatform } from '../platforms/index.ts';
import { isPair } from '../platforms/pairs.ts';
import type { Platform } from '../platforms/platform.ts';
import { formatMiB } from '../units.ts';
import type { Plan } from './plan.ts';

/** Findings of level `error`; none for a plan that `makePlan` made. */
export function checkPlan(plan: Plan, platform: Platform): Finding[] {
  const findings: Finding[] = [];
  const expect = (holds: boolean, code: FindingCode, path: string, message: string): void => {
    if (!holds) findings.push(finding(code, path, message));
  };
  for (const [name, service] of Object.entries(plan.services)) {
    const { ledger, limits, requests } = service;
    const path = `services.${name}`;
    const spent = ledger.items.reduce((sum, item) => sum + item.miB, 0);
    expect(
      spent === ledger.usedMiB && spent <= ledger.availableMiB,
      'LEDGER_EXCEEDED',
      path,
      `expected costs of at most ${formatMiB(ledger.availableMiB)}, got ${formatMiB(spent)}`,
    );
    expect(
      ledger.availableMiB <= limits.memoryMiB,
      'LEDGER_EXCEEDED',
      path,
      `expected at most the limit of ${formatMiB(limits.memoryMiB)} available, got ${formatMiB(ledger.availableMiB)}`,
    );
    expect(
      requests.memoryMiB === limits.memoryMiB,
      'MEMORY_OVERCOMMITTED',
      path,
      `expected a memory request equal to the limit of ${formatMiB(limits.memoryMiB)}, got ${formatMiB(requests.memoryMiB)}`,
    );
    expect(
      limits.cpuMillis === undefined || requests.cpuMillis <= limits.cpuMillis,
      'REQUEST_ABOVE_LIMIT',
      path,
      `expected a CPU request of at most ${limits.cpuMillis}m, got ${requests.cpuMillis}m`,
    );
    if (!isMachinePlatform(platform))
      expect(
        limits.cpuMillis === requests.cpuMillis && isPair(platform.pairs, requests),
        'PAIR_INVALID',
        path,
        `expected a pair of CPU and memory that ${platform.name} has, got ${limits.cpuMillis}m and ${formatMiB(limits.memoryMiB)}`,
      );
    for (const [parameter, decision] of Object.entries(service.parameters)) {
      expect(
        Number.isSafeInteger(decision.value) && decision.value === decision.trace.at(-1)?.to,
        'TRACE_BROKEN',
        `${path}.parameters.${parameter}`,
        `expected the trace to end at ${decision.value}`,
      );
      expect(
        decision.value >= decision.min && decision.value <= decision.max,
        'BOUND_BROKEN',
        `${path}.parameters.${parameter}`,
        `expected ${decision.min} to ${decision.max}, got ${decision.value}`,
      );
    }
  }
  return findings;
}

/** Σ limits × copies ≤ allocatable, on every machine. */
export function checkMachines(plan: Plan, copiesOf: (service: string) => number): Finding[] {
  return plan.machines.flatMap((machine) =>
    (['cpuMillis', 'memoryMiB'] as const).flatMap((dimension) => {
      const sum = machine.services.reduce(
        (total, name) => total + plan.services[name]!.requests[dimension] * copiesOf(name),
        0,
      );
      if (sum <= machine.allocatable[dimension]) return [];
      const message = `expected limits of at most ${machine.allocatable[dimension]} (${dimension}) together, got ${sum}`;
      return finding('ALLOCATION_BROKEN', `machines.${machine.name}`, message);
    }),
  );
}
