/** The values of a service, by the way that each of them reaches its program. */
import {
  carries,
  type Delivery,
  deliveryOf,
  type FileDelivery,
  type FlagsDelivery,
  inCommand,
  inUnit,
  keyIn,
  type VariablesDelivery,
} from '../deliveries/delivery.ts';
import { writeFlags, writeOptions } from '../deliveries/flags.ts';
import { readDelivered, type Told } from '../deliveries/read.ts';
import { writeValue } from '../deliveries/syntax.ts';
import { reasonOf } from '../plan/decide/decision.ts';
import type { Policy, Setting } from '../policy/policy.ts';
import { heldValues } from './entrypoint/variables.ts';
import type { RenderedService, Value } from './rendered.ts';

/** Parameters in declared order, or what they are computed from at start; then settings: what is tuned. */
export function valuesOf(rendered: RenderedService): Value[] {
  const parameters = rendered.held ? heldValues(rendered) : plannedValues(rendered);
  return [...parameters, ...settingValues(rendered)];
}

/** Parameters whose values are not known yet, with a text of the form that they will have. */
function openValues({ policy }: RenderedService): Value[] {
  return policy.parameters.map((parameter) => {
    return { key: parameter.key, text: writeValue(0, parameter.syntax), reason: 'computed at start', parameter };
  });
}

function settingValues(rendered: RenderedService): Value[] {
  return settingsOf(rendered).map(({ key, value, why }) => ({ key, text: value, reason: why, setting: key }));
}

function plannedValues({ policy, plan }: RenderedService): Value[] {
  return policy.parameters.map((parameter) => {
    const decision = plan.parameters[parameter.name]!;
    return {
      key: parameter.key,
      text: writeValue(decision.value, parameter.syntax),
      reason: reasonOf(decision),
      parameter,
    };
  });
}

/** With those for a place where the size of /dev/shm can't be set. */
export function settingsOf({ policy, plan, bareMetal }: RenderedService): Setting[] {
  const { sharedMemory, withoutSharedMemory } = policy;
  const sized = sharedMemory === undefined || plan.sharedMemoryMiB !== undefined;
  const settings = policy.settings.map((setting) => (bareMetal ? { ...setting, ...setting.bareMetal } : setting));
  return sized ? settings : [...settings, ...(withoutSharedMemory?.settings ?? [])];
}

/** Under a unit that a distribution ships the command is not ours; it is anywhere else. */
function usableIn({ service, bareMetal }: RenderedService): (delivery: Delivery) => boolean {
  return bareMetal && service.systemd?.exec === undefined ? inUnit : inCommand;
}

/** A delivery and the values for which it counts. */
export interface Delivered<D extends Delivery> {
  delivery: D;
  values: Value[];
}

/**
 * The deliveries of a kind, each with its values under the keys that it has for them.
 * @param usable which there are. @default those of the place where the service runs
 */
export function deliveredBy<K extends Delivery['as']>(
  rendered: RenderedService,
  as: K,
  usable = usableIn(rendered),
): Delivered<Extract<Delivery, { as: K }>>[] {
  const { deliveries } = rendered.policy;
  if (!deliveries.some((delivery) => delivery.as === as && usable(delivery))) return [];
  const values = [...(rendered.held ? openValues(rendered) : plannedValues(rendered)), ...settingValues(rendered)];
  return deliveries.flatMap((delivery) => {
    if (delivery.as !== as || !usable(delivery)) return [];
    const own = values.flatMap((value) => {
      const name = value.parameter?.name ?? value.key;
      if (!carries(delivery, name) || deliveryOf(deliveries, name, usable) !== delivery) return [];
      return { ...value, key: keyIn(delivery, { name, key: value.key }) };
    });
    return own.length === 0 && as !== 'options'
      ? []
      : [{ delivery: delivery as Extract<Delivery, { as: K }>, values: own }];
  });
}

/** Values in variables, composed ones included; where values are computed at start, what they are computed from. */
export function variablesFor(rendered: RenderedService): Value[] {
  const single = deliveredBy(rendered, 'variables').flatMap(({ values }) => values);
  if (rendered.held) return [...heldValues(rendered), ...single.filter(({ parameter }) => parameter === undefined)];
  return [...single, ...composedVariables(rendered)];
}

/** Variables that hold options, with what the stack has in them already. */
function composedVariables(rendered: RenderedService): Value[] {
  return deliveredBy(rendered, 'options').map(({ delivery, values }) => {
    const texts = Object.fromEntries(plannedValues(rendered).map(({ parameter, text }) => [parameter!.name, text]));
    return {
      key: delivery.variable,
      text: writeOptions(delivery, texts, rendered.service.env[delivery.variable]),
      reason: values.map(({ parameter, reason }) => `${parameter!.name}: ${reason}`).join('; '),
      options: delivery,
    };
  });
}

/** The container's environment: the values that come in variables, then the stack's constants. */
export function environmentOf(rendered: RenderedService): Value[] {
  const values = variablesFor(rendered);
  const composed = new Set(values.flatMap(({ key, options }) => (options ? key : [])));
  const constants = Object.entries(rendered.service.env)
    .filter(([key]) => !composed.has(key))
    .map(([key, text]) => ({ key, text, reason: 'constant of the stack' }));
  return [
    ...values.filter((value) => composed.has(value.key) || !Object.hasOwn(rendered.service.env, value.key)),
    ...constants,
  ];
}

/** Arguments of one value. */
export interface Flag {
  value: Value;
  words: string[];
}

/** Flags before the program's own arguments, and behind them. */
export function flagsOf(rendered: RenderedService, usable = usableIn(rendered)): Record<FlagsDelivery['at'], Flag[]> {
  const of = (at: FlagsDelivery['at']) =>
    deliveredBy(rendered, 'flags', usable)
      .filter(({ delivery }) => delivery.at === at)
      .flatMap(({ delivery, values }) =>
        values
          .filter(({ parameter }) => rendered.held === undefined || parameter === undefined)
          .map((value) => ({ value, words: writeFlags(delivery, [value]) })),
      );
  return { start: of('start'), end: of('end') };
}

/** Files of the program's own that carry values where the service runs. */
export function filesFor(rendered: RenderedService, usable = usableIn(rendered)): Delivered<FileDelivery>[] {
  return deliveredBy(rendered, 'file', usable);
}

/** How a setting that a policy does not know would reach the program: by the last way that carries any value. */
export function furtherWay({ deliveries }: Policy): VariablesDelivery | FlagsDelivery | undefined {
  const open = deliveries.filter((one) => one.as === 'variables' || one.as === 'flags');
  return open.findLast(({ only }) => only === undefined);
}

/** Values by parameter name; what is told otherwise than we write it is NaN. */
export function readParameters(policy: Policy, told: Told): Record<string, number> {
  const readings = readDelivered(policy, told);
  return Object.fromEntries(
    policy.parameters.map(({ name, syntax }) => {
      const last = readings.get(name)?.at(-1);
      const exact = last?.value !== undefined && writeValue(last.value, syntax) === last.text;
      return [name, exact ? last.value! : Number.NaN];
    }),
  );
}
