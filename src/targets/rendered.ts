/** What every target renders: a service of a plan with its policy, and the lines that reach its program. */
import type { OptionsDelivery } from '../deliveries/delivery.ts';
import { fail } from '../errors/errors.ts';
import type { Held } from '../plan/decide/held.ts';
import type { ServicePlan } from '../plan/plan.ts';
import type { Parameter, Policy } from '../policy/policy.ts';
import type { Deploy, Port, Service, Stack } from '../stack/stack.ts';
import type { RenderInput } from './target.ts';

/** A service as files describe it: its sizes and its deployment side by side. */
export type FlatService = Omit<Service, 'deploy'> & Deploy;

/** One service with its policy, whose secrets include the service's own, and what was decided for it. */
export interface RenderedService {
  /** Without an image where the stack does not deploy it; only `sizedServices` has such. */
  service: FlatService;
  policy: Policy;
  plan: ServicePlan;
  /** Demands, pins and bounds, where the values are computed at start. */
  held?: Readonly<Record<string, Held>>;
  /** It runs on the machine itself, without a container. */
  bareMetal?: true;
}

/**
 * Whom the program runs as.
 * @throws TARGET_UNSUPPORTED where the stack does not say it
 */
export function userOf(input: RenderInput, { name, user }: FlatService): NonNullable<Deploy['user']> {
  return (
    user ??
    fail(
      'TARGET_UNSUPPORTED',
      `services.${name}.deploy.user`,
      `expected whom the program runs as, which ${wanting(input)} needs, got none; add it: user: { uid: 1000, gid: 1000 }`,
    )
  );
}

/** The first port, which probes and load balancers use. */
export function mainPortOf(service: FlatService): Port | undefined {
  return service.ports[0];
}

/** The main port of the service that the stack is entered by. */
export function publishedPort({ main }: Stack, service: FlatService): number | undefined {
  return service.name === main ? mainPortOf(service)?.port : undefined;
}

export function wanting({ target }: RenderInput): string {
  return target === undefined ? 'what is made here' : `target ${target}`;
}

/** One line that reaches the program: a parameter, a setting or a constant of the stack. */
export interface Value {
  /** The program's own name for it. */
  key: string;
  /** With its unit where the program wants one: `3599MB`. */
  text: string;
  /** Why it is this value. */
  reason: string;
  /** Present for a parameter. */
  parameter?: Parameter;
  /** Present for a setting: its key in the policy. */
  setting?: string;
  /** Present for a variable that holds options, of which the values are part. */
  options?: OptionsDelivery;
  /** Holds what was planned for this hardware, although it is no parameter. */
  planned?: true;
}
