/** One value over the sizes of a family: what it is on each, within which bounds, and what decided it. */

import { fail, type Problem, SizewrightError } from '../errors/errors.ts';
import { nearestNames } from '../errors/nearest.ts';
import { rowOf } from '../files/machines.ts';
import type { Decision, TraceStep } from '../plan/decide/decision.ts';
import { makePlan } from '../plan/plan.ts';
import type { Platform } from '../platforms/platform.ts';
import { tryPlan } from './plans.ts';
import type { Request } from './request.ts';

export interface Sweep {
  stack: string;
  platform: string;
  /** `aws/c6i` */
  family: string;
  /** `api.ONNX_POOL_SIZE` */
  parameter: string;
  unit: string;
  /** By CPU, memory, name. */
  points: SweepPoint[];
}

export interface SweepPoint {
  machine: string;
  /** As listed. */
  vcpu: number;
  /** Of the active vCPUs. */
  cpuMillis: number;
  memoryMiB: number;
  /** Absent where there is no plan on this machine. */
  decision?: Pick<Decision, 'value' | 'min' | 'max'> & {
    /** The last thing that changed the value; `formula` where nothing did. */
    decidedBy: TraceStep['step'];
    reason: string;
  };
  /** Why there is none. */
  problem?: Pick<Problem, 'code' | 'message'>;
}

/**
 * @param requests one for each machine of the family, in the order of the points
 * @param wanted `service.PARAMETER`
 * @throws SERVICE_UNKNOWN for a value that no plan has, and what is wrong with the input on every machine
 */
export function sweepFamily(requests: readonly Request[], platform: Platform, family: string, wanted: string): Sweep {
  const { stack, policies, external } = requests[0]!;
  const known = stack.services
    .filter((service) => !external.includes(service.name))
    .flatMap((service) =>
      policies[service.policy]!.parameters.map(({ name, unit }) => ({ service: service.name, name, unit })),
    );
  const found = known.find(({ service, name }) => `${service}.${name}` === wanted);
  if (found === undefined) {
    const names = known.map(({ service, name }) => `${service}.${name}`);
    const near = nearestNames(wanted, names);
    return fail(
      'SERVICE_UNKNOWN',
      '--param',
      `expected a planned value such as ${(near.length > 0 ? near : names.slice(0, 3)).join(', ')}, got "${wanted}"`,
    );
  }
  const points = requests.map((request): SweepPoint => {
    const profile = request.placements[0]!.profile;
    if (profile.kind !== 'machine') throw new Error('a sweep is over machines');
    const { name: machine, vcpu, memoryMiB } = rowOf(profile);
    const size = { machine, vcpu, cpuMillis: profile.cpuMillis, memoryMiB };
    const planned = tryPlan(() => makePlan({ ...request, platform }));
    if (planned instanceof SizewrightError) {
      const [{ code, path, message }] = planned.problems as [Problem];
      return { ...size, problem: { code, message: `${path}: ${message.split('\n')[0]}` } };
    }
    const { value, min, max, trace } = planned.plan.services[found.service]!.parameters[found.name]!;
    const { step, reason } = trace.at(-1)!;
    return { ...size, decision: { value, min, max, decidedBy: step, reason } };
  });
  return { stack: stack.name, platform: platform.name, family, parameter: wanted, unit: found.unit, points };
}
