/** Every finding by its code. `docs/reference.md` is made of it; policies and stacks have codes of their own besides. */
import type { Meaning } from './codes.ts';
import type { Finding } from './errors.ts';

interface Kind extends Meaning {
  level: Finding['level'];
}

const advice = (means: string, remedy: string): Kind => ({ level: 'advice', means, remedy });
const warning = (means: string, remedy: string): Kind => ({ level: 'warning', means, remedy });

/** What is found in a plan or in a file before it is written, so that it is not written. */
const fault = (means: string): Kind => ({ level: 'error', means, remedy: FAULT_REMEDY });
const FAULT_REMEDY = 'Change the text that the message names; where it is none of yours, report it with your stack.';

export const FINDINGS = {
  // of a stack
  STACK_FORM_OLD: warning(
    'A stack is written in the form of the version before, which the next one does not take.',
    'Move what the message names under `deploy`.',
  ),
  // of a plan
  PLATFORM_LEFT_OUT: warning(
    'The profile has no plan on this platform, which was not named; older files of it stay as they are.',
    'Name the platform, so that the reason is an error, or only the others.',
  ),
  TARGET_LEFT_OUT: warning(
    'A target that was not named cannot carry what the stack says; older files of it stay as they are.',
    'Name the targets that you want, or change what the message names.',
  ),
  NO_MACHINE_FITS: {
    level: 'error',
    means: 'No machine of the catalogue that passes the filters holds the stack.',
    remedy: 'Allow more with `--cut`, lower a maximum with `--max`, or leave services out with `--external`.',
  },
  BURSTABLE_MACHINE: advice(
    'The machine sustains less than its cores, which values are derived from.',
    'Take a machine that is not burstable, or plan for bursts.',
  ),
  PLACEMENT_NOT_ENFORCED: advice(
    'No node bears the name of a machine of yours, so services may land elsewhere.',
    'State a `deploy.nodeSelector` for each service in the stack.',
  ),
  PODS_EXCEED_NODE: warning(
    'A node is planned to hold more pods or tasks than it takes.',
    'Lower `podsPerNode`, or state how many it takes with `--max-pods`.',
  ),
  IDLE_MEMORY: advice(
    'Most of the memory of the nodes lies idle, because services with few replicas have a part of every node.',
    'Place those services on a machine of their own: `--profile SERVICE=…`.',
  ),
  CPU_SHARE_LOW: advice(
    'A service has little CPU beside the clients that wait for it.',
    'Raise its `share`, or place it on a machine of its own.',
  ),
  MEMORY_SCALING_LEFT_OUT: advice(
    'Scaling on memory would never scale down, so it is left out.',
    'Scale on CPU, or raise `autoscale.memoryPercent`.',
  ),
  AUTOSCALE_WITHOUT_ROOM: warning(
    'At the target of CPU the other replicas cannot carry the load of one that is away.',
    'Lower `autoscale.cpuPercent` to what the message states.',
  ),
  PAIR_RESTRICTED: advice('The platform runs this pair of CPU and memory with restrictions.', 'Take a larger pair.'),
  FIELDS_UNUSED: advice(
    'Fields of a service have no effect on this platform.',
    'Remove them, or leave them for others.',
  ),
  SYSCTL_UNAVAILABLE: advice(
    'A container cannot set a kernel parameter that a policy asks for.',
    'Set it on the machine, or say in the policy what holds without it.',
  ),
  VOLUME_PER_REPLICA: warning(
    'Each replica has a volume of its own, which is right only for software that keeps its replicas alike.',
    'Run one replica, or leave the service out with `--external`.',
  ),
  VOLUME_MISSING: warning(
    'Software that keeps data has no volume for them.',
    'State a `deploy.volume` for its service.',
  ),
  VOLUME_TOO_SMALL: warning('A volume is smaller than what the data may need.', 'Raise `deploy.volume.size`.'),
  BACKUP_MISSING: warning('Nothing is said to back up the data of a service.', 'State what does: `deploy.backup`.'),
  VOLUME_UNFENCED: warning(
    'Nothing keeps a second task away from the data that one task writes.',
    'Take a managed service: `--external`.',
  ),
  IMAGE_NOT_PULLED: warning(
    'Cloud Run does not pull from the registry of the image.',
    'Name the image by a remote repository of Artifact Registry.',
  ),
  STOP_CUT_SHORT: warning(
    'Cloud Run kills an instance before the time to stop that its service has.',
    'Shorten the stop, or plan for a platform that waits.',
  ),
  NETWORK_UNREACHED: advice(
    'Cloud Run reaches no private address without a network.',
    'State the annotations of one: `run.googleapis.com/network-interfaces`.',
  ),
  EXTERNAL_REQUIREMENT: advice(
    'A constraint cannot be checked, because it reads values of a service that runs elsewhere.',
    'Say what it offers: `--set SERVICE.PARAMETER=…`.',
  ),
  DEMAND_UNKNOWN: advice(
    'A value is decided without what a service that runs elsewhere would ask for.',
    'Say what that has: `--set SERVICE.PARAMETER=…`.',
  ),
  DEMAND_UNMET: warning(
    'A service gets less of another one than it asks for.',
    'State a constraint in the stack by which the client gives way.',
  ),
  // of compare and explain
  STATIC_DEFAULTS_FIT: advice(
    'The guessed constants fit on this machine; the message says what they leave unused.',
    'None is needed.',
  ),
  STATIC_DEFAULTS: warning('The guessed constants do not fit on this machine.', 'Take the computed values.'),
  STARTED_OTHERWISE: warning(
    'A program runs with another value than its record yields: another version of the policy started it.',
    'Deploy the files of this version, or explain with that one.',
  ),
  // of verify
  NOT_REPORTED: advice(
    'The source does not report limits, use or settings of a service, so they were not compared.',
    'Ask an exporter or a server that does.',
  ),
  LIMIT_DIFFERS: warning('A container has another limit than the plan.', 'Deploy the plan, or plan for that limit.'),
  MEMORY_ABOVE_PLAN: warning(
    'A container uses more memory than it is planned to.',
    'Raise the cost in the policy, or lower what the message names.',
  ),
  MEMORY_NEAR_LIMIT: warning(
    'A container uses nearly all of its memory, and may be killed for it.',
    'Raise the cost in the policy, or give it more memory.',
  ),
  CPU_THROTTLED: warning(
    'A container is held back in many of its CPU periods.',
    'Give it more CPU, or lower the parameter that the message names.',
  ),
  OOM_KILLED: warning(
    'A container was killed for its memory.',
    'Raise the cost in the policy, or give it more memory.',
  ),
  SETTING_UNKNOWN: warning('A server does not know a setting that was planned.', 'Correct the policy, or update it.'),
  SETTING_DIFFERS: warning('A server runs with another setting than the plan.', 'Deploy the plan, or restart it.'),
  PARAMETER_SATURATED: warning(
    'A signal says that a value is used up.',
    'Look at the parameter that the message names.',
  ),
  EXPECTATION_MISSED: advice(
    "A signal is outside of what the policy's author expects, who did not measure it.",
    'Look at the parameter that the message names.',
  ),
  // of diff, in reports
  FILE_NEW: warning('A synth would write a file that is not there.', 'Synth, and commit the file.'),
  FILE_CHANGED: warning('A synth would change a file.', 'Synth, and commit the file.'),
  FILE_REMOVED: warning('A synth would remove a file.', 'Synth, and commit that it is gone.'),
  // of the check of a plan
  LEDGER_EXCEEDED: fault('The costs of a service are above what it has.'),
  MEMORY_OVERCOMMITTED: fault('A service requests less memory than its limit.'),
  REQUEST_ABOVE_LIMIT: fault('A service requests more CPU than its limit.'),
  PAIR_INVALID: fault('CPU and memory are no pair that the platform has.'),
  TRACE_BROKEN: fault('The trace of a value does not end at it.'),
  BOUND_BROKEN: fault('A value is outside of its bounds.'),
  ALLOCATION_BROKEN: fault('The limits of the services are more than the machine has.'),
  // of the check of files
  READ_BACK_DIFFERS: fault('A number in a file is not that of the plan.'),
  SERVICE_DIFFERS: fault('A file is of a service that the plan does not have.'),
  SECRET_WRITTEN: fault('A file holds what looks like a secret.'),
  SECRET_UNKNOWN: fault('A file refers to a secret that no file is stated for.'),
  SWAP_ALLOWED: fault('A container may swap.'),
  LIMITS_MISSING: fault('A container has no memory limit.'),
  NAME_ILLEGAL: fault('Kubernetes refuses a name.'),
  NAME_TAKEN: fault('Two objects have one name.'),
  LABEL_ILLEGAL: fault('Kubernetes refuses a label.'),
  NOT_A_FIXED_POINT: fault('The API server would write an object otherwise, so that it always seems to differ.'),
  RESOURCES_DIFFER: fault('A kustomization does not list exactly the objects that are there.'),
  PATCH_MISPLACED: fault('A patch is for no object of the base.'),
  SCHEMA_REFUSES: fault("The chart's schema refuses a planned value."),
  VALUE_UNREAD: fault('No template of the chart hands a value to the program.'),
  EXAMPLE_SET: fault('The example of an environment file sets a secret.'),
  LINE_AMBIGUOUS: fault('A line of an environment file is read differently by its readers.'),
  VARIABLE_UNKNOWN: fault('Compose would take a text for a variable.'),
  CONCURRENCY_ILLEGAL: fault('Cloud Run takes one request at a time below 1 vCPU.'),
  REPLICAS_DIFFER: fault('A file has other replicas than the plan.'),
  TASK_UNKNOWN: fault('A service of ECS starts another task definition.'),
  TASK_SUM_DIFFERS: fault('The containers of a task do not share exactly what it has.'),
  CAPACITY_DIFFERS: fault('A service of ECS runs on other capacity than the platform.'),
  PLACEMENT_DIFFERS: fault('ECS places another number of tasks on an instance than planned.'),
  ARCHITECTURE_DIFFERS: fault('A task is for another architecture than its machine.'),
  RESERVED_DIFFERS: fault('An instance keeps another amount of memory from tasks than planned.'),
  SURGE_EXCEEDED: fault('A rollout may run more tasks than planned.'),
  ROLLOUT_STUCK: fault('A rollout has no room to replace a task.'),
  PATH_ABSOLUTE: fault('The state of Terraform lies at an absolute path.'),
  REFERENCE_UNKNOWN: fault('Terraform would take a text for a reference, or finds none.'),
  GROUPS_DIFFER: fault('The PrometheusRule has other groups than the rules.'),
  SERIES_UNKNOWN: fault('An alert or a panel reads a series that no rule records.'),
  FILE_DIFFERS: fault('A project of Pulumi carries another text of a file than yours.'),
  OPTION_DIFFERS: fault('A project of Pulumi plans with another option than asked for.'),
} as const satisfies Readonly<Record<string, Kind>>;

export type FindingCode = keyof typeof FINDINGS;

/** What is found, at the level of its code. */
export function finding(
  code: FindingCode,
  path: string,
  message: string,
  { why, source }: { why?: string | undefined; source?: string | undefined } = {},
): Finding {
  const { level } = FINDINGS[code];
  return { code, level, path, message, ...(why !== undefined && { why }), ...(source && { source }) };
}
