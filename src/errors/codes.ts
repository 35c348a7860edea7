/** Every error by its code: what it means, and what to change. `docs/reference.md` is made of it. */

export interface Meaning {
  means: string;
  remedy: string;
}

const error = (means: string, remedy: string): Meaning => ({ means, remedy });

export const ERRORS = {
  USAGE: error('Options do not go together, or one is missing.', 'Change the option that the message names.'),
  FILE_UNREADABLE: error('A file of yours cannot be read.', 'Correct the path, or the permissions of the file.'),
  YAML_SYNTAX: error('A file of yours is no YAML that everyone reads alike.', 'Correct the YAML at the line.'),
  QUANTITY_SYNTAX: error(
    'An amount is written in a form that is not taken: `32GB`, `010`, `1e3`.',
    'Write `32Gi`, `500m`, or a whole number without leading zeros.',
  ),
  PROFILE_UNKNOWN: error('No machine has this name.', 'Take one of the names that the message lists.'),
  PROFILE_INVALID: error('A machine of yours breaks a rule.', 'Correct the key at the line.'),
  HOST_UNKNOWN: error(
    'This host does not say how much CPU or memory it has: it is not Linux, or has no `/proc`.',
    'State `--cpu` and `--memory`, or another `--profile`.',
  ),
  PLATFORM_UNKNOWN: error('No platform has this name.', 'Take one of the names that the message lists.'),
  PLATFORM_INVALID: error('A platform of yours breaks a rule.', 'Correct the key at the line.'),
  PLATFORM_UNSUPPORTED: error(
    'This platform cannot run this hardware, or this service.',
    'Name another platform or machine, or leave the service out with `--external`.',
  ),
  POLICY_UNKNOWN: error('No policy has this name.', 'Take one of the names that the message lists.'),
  POLICY_INVALID: error('A policy of yours breaks a rule.', 'Correct the key at the line.'),
  POLICY_NOT_MONOTONE: error(
    'A cost may fall while a value that gives way grows, so that the memory budget has no solution.',
    'Correct the formula at the caret.',
  ),
  FORMULA_SYNTAX: error('A formula cannot be read.', 'Correct it at the caret.'),
  FORMULA_UNSAFE: error('A formula may overflow, or divide by 0.', 'Bound it at the caret, with `max(1, …)` or `min`.'),
  STACK_UNKNOWN: error('No stack has this name.', 'Take one of the names that the message lists.'),
  STACK_INVALID: error('A stack of yours breaks a rule.', 'Correct the key at the line.'),
  SERVICE_UNKNOWN: error(
    'No service, or no value of one, has this name.',
    'Take one of the names that the message lists.',
  ),
  OVERRIDE_INVALID: error('An override names no parameter, or no number.', 'Correct the override.'),
  BOUND_CONFLICT: error('An override is outside of a hard bound.', 'Stay within the bound that the message states.'),
  PIN_INVALID: error('A pinned value is none that the parameter can have.', 'Pin a value that the message states.'),
  BUDGET_EXCEEDED: error(
    'The lowest values of a service cost more memory than it has; the message holds the ledger.',
    'Give the memory that it names, lower a pin, or leave services out with `--external`.',
  ),
  ALLOCATION_EXCEEDED: error(
    'The machine does not hold the least that the services ask for.',
    'Take a larger machine, or leave services out with `--external`.',
  ),
  CONSTRAINT_UNSATISFIED: error('Two services cannot agree.', 'Change the pin, the bound or the replicas it names.'),
  TARGET_UNKNOWN: error('No target has this name.', 'Take one of the names that the message lists.'),
  TARGET_UNSUPPORTED: error('This target cannot express this plan.', 'Name another target or platform.'),
  OUTPUT_INVALID: error(
    'A file would hold a text that its format cannot carry, or does not say what was planned.',
    'Change the text that the message names; the code of a finding in it is listed below.',
  ),
  PLAN_INVALID: error('What `verify` is given is no plan of this stack.', 'Correct `--plan`, or `--stack`.'),
  METRICS_INVALID: error('What `verify` is given is no text of an exporter.', 'Correct `--metrics`.'),
  SOURCE_UNREACHABLE: error(
    'A Prometheus or a server does not answer, or refuses.',
    'Check the address, the user and the password.',
  ),
  NOTHING_REPORTED: error(
    'A source says nothing about the stack of the plan.',
    "Ask another source, or name the plan's own platform.",
  ),
  MANIFEST_INVALID: error(
    "The list of a folder's generated files cannot be read, as after a merge conflict in it.",
    'Restore `manifest.json`, or take `--force`.',
  ),
  WRITE_CONFLICT: error(
    'A generated file was changed by hand.',
    'Move the change to the stack, the policy or an override, or take `--force`.',
  ),
  WRITE_FAILED: error(
    'A file cannot be written: no permission, no space, a link in the place of a folder, or another run that does not end.',
    'Clear what the message names.',
  ),
} as const satisfies Readonly<Record<string, Meaning>>;

/** Every way a run can be refused. Branch on the code, never on the text. */
export type ErrorCode = keyof typeof ERRORS;
