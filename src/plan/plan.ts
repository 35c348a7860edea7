/** The plan: what was decided for a stack on given hardware and a platform. Plain data, JSON, public schema. */

import { collectProblems, type Finding, fail, type Problem, SizewrightError } from '../errors/errors.ts';
import { finding } from '../errors/findings.ts';
import { unknownName } from '../errors/nearest.ts';
import type { Machine } from '../hardware/profile.ts';
import { isMachinePlatform, unfitFor } from '../platforms/index.ts';
import type { Platform, Reservation } from '../platforms/platform.ts';
import { inputScope, inputText } from '../policy/compile-inputs.ts';
import { type Policy, sourceText } from '../policy/policy.ts';
import { highestWithOneAway } from '../stack/autoscale.ts';
import type { Replicas, Service, Stack } from '../stack/stack.ts';
import { coresText, formatCount, formatMiB } from '../units.ts';
import { machineFindings, nodesOf } from './allocate/machine.ts';
import { placeFindings } from './allocate/place.ts';
import { checkRunnable, imposedOn } from './allocate/runnable.ts';
import { allocatePlacement, type Limits, type Placement } from './allocate/stack.ts';
import { fewerReplicas, largerShares, ownHardware, type Remedy, starvedOf } from './allocate/starved.ts';
import { adviceOf } from './decide/advice.ts';
import type { Decision, Ledger } from './decide/decision.ts';
import type { Reasoned, ServiceInput } from './decide/input.ts';
import { fileOf, gotOf, type Override, saidBy } from './decide/overrides.ts';
import { triedFlag } from './decide/remedies.ts';
import type { Requirement } from './decide/requirements.ts';
import type { StackDecision } from './decide/settle.ts';
import { decideStack } from './decide/stack.ts';

/** Changes only with a breaking change of the shape below. */
export const PLAN_SCHEMA = 'sizewright/plan/v1';

export interface Plan {
  schema: typeof PLAN_SCHEMA;
  stack: string;
  /** Names the hardware, and the folder under `out/<stack>/`: `c6i.8xlarge`, `4cpu-8gi`. */
  profile: string;
  platform: string;
  /** In stack order. External services are absent. */
  services: Record<string, ServicePlan>;
  /** Services that run elsewhere. */
  external: string[];
  /** What those must offer, where nothing is said of it; absent where there is no such thing. */
  requirements?: Requirement[];
  /** Empty for container limits: there is no machine to share. */
  machines: MachinePlan[];
  findings: Finding[];
}

export interface ServicePlan {
  policy: string;
  /** The policy's inputs, where it has any, as text: `180`, `oltp`. */
  inputs?: Record<string, { value: string; unit: string; by: string }>;
  /** `cpuMillis` is absent where the service asks for no CPU limit. Where only pairs are sold, one of them. */
  limits: { cpuMillis?: number; memoryMiB: number };
  /** Where only pairs are sold: the limits that the pair is the greatest one within. */
  pairWithin?: { cpuMillis: number; memoryMiB: number };
  requests: { cpuMillis: number; memoryMiB: number };
  replicas: Replicas;
  /** Threads that the software's runtime makes of the CPU. */
  cores: number;
  /** In declared order. */
  parameters: Record<string, Decision>;
  ledger: Ledger;
  /** Size of /dev/shm; absent where the software needs no more than the default. */
  sharedMemoryMiB?: number;
  startupSeconds: number;
  /** Horizontal scaling, percentages of the requests; absent where the service does not scale here. */
  autoscale?: { cpuPercent: number; memoryPercent?: number };
}

export interface MachinePlan {
  name: string;
  /** The provider's name of the machine. */
  profile: string;
  provider: Machine['provider'];
  architecture: Machine['architecture'];
  capacity: { cpuMillis: number; memoryMiB: number };
  allocatable: { cpuMillis: number; memoryMiB: number };
  /** What was taken between the two, in order. */
  reservations: Reservation[];
  /** Pods, or tasks on ECS, that the node takes; absent where there is no such limit. */
  maxPods?: number;
  /** Machines of this kind that the smallest and the largest replica counts need; one where nothing is replicated. */
  nodes: { min: number; max: number };
  /** The services that share it. */
  services: string[];
}

export interface PlanRequest {
  stack: Stack;
  /** By name. */
  policies: Readonly<Record<string, Policy>>;
  platform: Platform;
  /** Names the hardware; becomes `Plan.profile`. */
  label: string;
  /** Every service that is not external is placed once. */
  placements: readonly Placement[];
  external: readonly string[];
  /** By service and parameter. */
  overrides: Readonly<Record<string, Readonly<Record<string, Override>>>>;
  /** What services outside of the stack ask for, by service and parameter. */
  asked?: Readonly<Record<string, Readonly<Record<string, Reasoned>>>>;
  /** Memory that the operator says is available to the main service, MiB. */
  availableMiB?: number;
}

/** A plan, and what each service was decided from, for questions about it. */
export interface Planning {
  plan: Plan;
  inputs: Record<string, ServiceInput>;
  decided: StackDecision;
}

/**
 * Allocates, decides and advises.
 * @throws ALLOCATION_EXCEEDED, BUDGET_EXCEEDED, BOUND_CONFLICT, PIN_INVALID, OVERRIDE_INVALID, CONSTRAINT_UNSATISFIED,
 * PLATFORM_UNSUPPORTED
 */
export function makePlan(request: PlanRequest): Planning {
  const planning = planOf(request);
  planning.plan.findings.push(...starvedFindings(request, planning.plan));
  return planning;
}

/** Clients that starve a service of CPU, with the smallest change that ends it: a larger share, else other hardware or replicas. */
function starvedFindings(request: PlanRequest, plan: Plan): Finding[] {
  return starvedIn(request.stack, plan).map((starved): Finding => {
    const { service, cpuMillis, clients, clientMillis } = starved;
    const firstThatEnds = (remedies: readonly Remedy[]): string[] => {
      for (const { does, ...change } of remedies) {
        const trial = tryPlanOf({ ...request, ...change });
        if (trial === undefined || starvedIn(change.stack, trial.plan).some((other) => other.service === service))
          continue;
        const gets = trial.plan.services[service]!.requests.cpuMillis;
        return [gets === cpuMillis ? does : `${does} gives it ${coresText(gets)}`];
      }
      return [];
    };
    const share = firstThatEnds(largerShares(starved, request));
    const remedies =
      share.length > 0
        ? share
        : [
            ...firstThatEnds(ownHardware(starved, plan.services[service]!.limits, request, request.platform)),
            ...firstThatEnds(fewerReplicas(starved, request)),
          ];
    const many = clients.map((client) => `up to ${formatCount(plan.services[client]!.replicas.max)} of ${client}`);
    const times = Math.floor(clientMillis / (cpuMillis * plan.services[service]!.replicas.max));
    const have = `${many.join(' and ')} have ${coresText(clientMillis)}, ${formatCount(times)} times what ${service} has`;
    const message = [have, ...(remedies.length > 0 ? [remedies.join(', or ')] : [])].join('; ');
    return finding('CPU_SHARE_LOW', service, message);
  });
}

function starvedIn(stack: Stack, { services }: Plan) {
  const entries = Object.entries(services);
  return starvedOf(
    stack.services.filter(({ name }) => Object.hasOwn(services, name)),
    Object.fromEntries(entries.map(([name, { requests }]) => [name, requests])),
    Object.fromEntries(entries.map(([name, { replicas }]) => [name, replicas])),
    new Set(stack.demands.map(({ service }) => service)),
  );
}

function tryPlanOf(request: PlanRequest): Planning | undefined {
  try {
    return planOf(request);
  } catch (error) {
    if (error instanceof SizewrightError) return undefined;
    throw error;
  }
}

function planOf(request: PlanRequest): Planning {
  const { stack, policies, platform, external } = request;
  const present = stack.services.filter((service) => !external.includes(service.name));
  // Hardware that the platform does not take is said first, below.
  if (request.placements.every(({ profile }) => unfitFor(platform, profile) === undefined))
    checkRunnable(present, policies, platform);
  const allocated = collectProblems(
    request.placements.map((placement) => () => allocatePlacement(placement, platform)),
  );
  const limits: Record<string, Limits> = Object.assign(
    Object.create(null),
    ...allocated.map((result) => result.limits),
  );
  const asked: Record<string, Limits> = Object.assign(Object.create(null), ...allocated.map((result) => result.asked));
  const machines = allocated.flatMap((result) => result.machine ?? []);
  const replicas = Object.fromEntries(
    present.map((service) => [service.name, platform.replicas === 'one' ? ONE_REPLICA : service.replicas]),
  );

  const services: Record<string, ServiceInput> = Object.create(null);
  for (const { name, policy, inputs } of present) {
    services[name] = {
      name,
      policy: policies[policy]!,
      inputs: inputScope(policies[policy]!, inputs),
      limits: limits[name]!,
      ...(!isMachinePlatform(platform) && { sold: platform }),
      ...freeOf(name, request),
      ...(name === stack.main && request.availableMiB !== undefined && { statedAvailableMiB: request.availableMiB }),
      overrides: request.overrides[name] ?? {},
      ...(request.asked?.[name] && { asked: request.asked[name] }),
      ceilings: {},
      imposed: imposedOn(policies[policy]!, platform),
    };
  }
  checkExternalPins(request);
  const most = limits[stack.main]?.memoryMiB;
  if (request.availableMiB !== undefined && most !== undefined && request.availableMiB > most) {
    const got = `expected at most the ${formatMiB(most)} that ${stack.main} gets, got ${formatMiB(request.availableMiB)}`;
    fail('USAGE', '--available', got);
  }
  const input = { stack, services, replicas, overrides: request.overrides };
  const decided = decideStack(input);

  const findings: Finding[] = [
    ...(stack.findings ?? []),
    ...decided.findings,
    ...machineFindings(machines, present, platform, limits),
  ];
  const plans: Record<string, ServicePlan> = Object.create(null);
  for (const service of present) {
    const policy = policies[service.policy]!;
    const { scope, ...decision } = decided.services[service.name]!;
    if (!isMachinePlatform(platform)) delete decision.sharedMemoryMiB; // it can't be set there
    const limit = limits[service.name]!;
    const pairWithin = Object.hasOwn(asked, service.name) ? asked[service.name] : undefined;
    const scaling = platform.scaling === 'stack' ? scalingOf(service, decision) : { findings: [] };
    plans[service.name] = {
      policy: service.policy,
      ...inputsOf(service, policy),
      limits: service.cpuLimit === 'none' && !pairWithin ? { memoryMiB: limit.memoryMiB } : limit,
      ...(pairWithin && { pairWithin }),
      requests: { ...limit },
      replicas: replicas[service.name]!,
      ...decision,
      ...(scaling.autoscale && { autoscale: scaling.autoscale }),
    };
    findings.push(
      ...adviceOf(
        policy.advice,
        scope,
        service.name,
        (rule) => sourceText(policy, rule),
        (rule) =>
          triedFlag(
            rule,
            { service: service.name, parameter: rule.remedy!.parameter },
            input,
            scope,
            (trial) => trial.services[service.name]!.scope,
          ),
      ),
      ...placeFindings(service, policy, scope, platform, external),
      ...pairFindings(limit, service.name, platform),
      ...scaling.findings,
    );
  }
  findings.push(
    ...adviceOf(
      stack.advice,
      decided.scope,
      stack.name,
      (rule) => rule.source,
      (rule) => {
        const [name, parameter] = rule.remedy!.parameter.split('.') as [string, string];
        return triedFlag(rule, { service: name, parameter }, input, decided.scope, (trial) => trial.scope);
      },
    ),
  );
  const plan: Plan = {
    schema: PLAN_SCHEMA,
    stack: stack.name,
    profile: request.label,
    platform: platform.name,
    services: plans,
    external: stack.services.map((service) => service.name).filter((name) => external.includes(name)),
    ...(decided.requirements.length > 0 && { requirements: decided.requirements }),
    machines: machines.map(({ machine, allocatable, reservations, maxPods, services }, index) => ({
      name:
        machines.findIndex((other) => other.machine.name === machine.name) === index
          ? machine.name
          : `${machine.name}-${index + 1}`,
      profile: machine.name,
      provider: machine.provider,
      architecture: machine.architecture,
      capacity: { cpuMillis: machine.cpuMillis, memoryMiB: machine.memoryMiB },
      allocatable,
      reservations,
      ...(maxPods !== undefined && { maxPods }),
      nodes: nodesOf(services, present, replicas),
      services,
    })),
    findings,
  };
  return { plan, inputs: decided.inputs, decided };
}

/** What is free of detected container limits is the first service's. What is free of a machine, the platform deals with. */
function freeOf(name: string, { placements, platform }: PlanRequest): Pick<ServiceInput, 'freeMiB'> {
  const profile = placements.find(({ services }) => services[0]!.name === name)?.profile;
  // Only here, on this host, does it matter what is held now.
  return platform.kind === 'host' && profile?.kind === 'container' && profile.freeMiB !== undefined
    ? { freeMiB: profile.freeMiB }
    : {};
}

/** What is said of a service that runs elsewhere is what it offers, so it must be possible there. */
function checkExternalPins({ stack, policies, external, overrides }: PlanRequest): void {
  const steps = stack.services.flatMap((service) =>
    external.includes(service.name)
      ? Object.entries(overrides[service.name] ?? {}).map(([name, override]) => () => {
          const policy = policies[service.policy]!;
          const parameter = policy.parameters.find((candidate) => candidate.name === name);
          const path = `${service.name}.${name}`;
          const stated = (override.set ?? override.min ?? override.max)!;
          const refuse = (code: Problem['code'], message: string): never => fail(code, path, message, fileOf(stated));
          if (override.set === undefined)
            refuse(
              'OVERRIDE_INVALID',
              `expected a pin (--set) for a service that runs elsewhere, got a bound${saidBy(stated)}`,
            );
          if (parameter === undefined)
            return refuse(
              'OVERRIDE_INVALID',
              unknownName(
                `a parameter of ${policy.name}`,
                name,
                policy.parameters.map((known) => known.name),
                saidBy(stated),
              ),
            );
          const { lo, hi } = parameter.range;
          if (stated.value < lo || stated.value > hi)
            refuse(
              'PIN_INVALID',
              `expected ${formatCount(lo)} to ${formatCount(hi)} ${parameter.unit}, got ${gotOf(stated)}`,
            );
        })
      : [],
  );
  collectProblems(steps);
}

const ONE_REPLICA: Replicas = { min: 1, max: 1, surge: 0 };

/**
 * Scaling on memory only settles where the planned use is low enough that one replica less would still be below the
 * target: use ≤ target × min / (min + 1). Otherwise it holds or never comes down.
 */
function scalingOf(
  service: Service,
  { ledger }: { ledger: Ledger },
): { autoscale?: ServicePlan['autoscale']; findings: Finding[] } {
  const { autoscale, replicas } = service;
  if (autoscale === undefined || replicas.min === replicas.max) return { findings: [] };
  const { memoryPercent, cpuPercent } = autoscale;
  const plannedMiB = ledger.memoryMiB - Math.max(0, ledger.freeMiB);
  if (
    memoryPercent === undefined ||
    plannedMiB * 100 * (replicas.min + 1) <= memoryPercent * replicas.min * ledger.memoryMiB
  )
    return { autoscale, findings: roomFindings(service) };
  const leftOut = finding(
    'MEMORY_SCALING_LEFT_OUT',
    `${service.name}.autoscale.memoryPercent`,
    `scaling on memory is left out: the planned use of ${formatMiB(plannedMiB)} of ${formatMiB(ledger.memoryMiB)} is above ${memoryPercent} % x ${replicas.min} / ${replicas.min + 1}, so it would never scale down`,
  );
  return { autoscale: { cpuPercent }, findings: [leftOut, ...roomFindings(service)] };
}

/** Replicas at the target carry the load of one more of them that is drained, restarted or replaced. */
function roomFindings({ name, autoscale, replicas, cpuLimit }: Service): Finding[] {
  const { min } = replicas;
  const percent = autoscale!.cpuPercent;
  if (min === 1 || cpuLimit === 'none' || percent <= highestWithOneAway(min)) return [];
  const needed = Math.ceil((percent * min) / (min - 1));
  const message = `at ${percent} % the other replicas would need ${needed} % of their CPU while one of ${min} is away; set cpuPercent to ${highestWithOneAway(min)} or less`;
  return [finding('AUTOSCALE_WITHOUT_ROOM', `${name}.autoscale.cpuPercent`, message)];
}

function pairFindings(pair: Limits, path: string, platform: Platform): Finding[] {
  const message = isMachinePlatform(platform) ? undefined : platform.advice?.(pair);
  return message === undefined ? [] : [finding('PAIR_RESTRICTED', path, message)];
}

/** The inputs with who says them, for whoever reads the plan. */
function inputsOf({ inputs }: Service, policy: Policy): Pick<ServicePlan, 'inputs'> {
  if (policy.inputs.length === 0) return {};
  const said = policy.inputs.map((input) => {
    const given = Object.hasOwn(inputs, input.name) ? inputs[input.name] : undefined;
    const by = given?.by ?? (input.basis === undefined ? 'by default' : `by default, ${input.basis}`);
    return [input.name, { value: inputText(input, given?.value ?? input.default), unit: input.unit, by }] as const;
  });
  return { inputs: Object.fromEntries(said) };
}
