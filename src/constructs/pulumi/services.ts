/** What the components have in common: a plan at program time, its findings, its numbers as outputs. */
import * as pulumi from '@pulumi/pulumi';
import { SizewrightError } from '../../errors/errors.ts';
import type { Ledger } from '../../plan/decide/decision.ts';
import type { Plan, ServicePlan } from '../../plan/plan.ts';
import type { PlatformKind } from '../../platforms/platform.ts';
import { renderChecked } from '../../synth.ts';
import type { PlanTarget, RenderInput } from '../../targets/target.ts';
import { PLAN_PROPS, type PlanProps, type PropKind, planFor, refuseOtherKind, refuseOtherProps } from '../plan-for.ts';
import { isPlain, type PlanArgs } from './args.ts';

/** What was decided for one service. */
export interface ServiceNumbers {
  limits: ServicePlan['limits'];
  requests: ServicePlan['requests'];
  replicas: ServicePlan['replicas'];
  /** By name, in declared order. */
  parameters: Record<string, number>;
  /** What the memory goes to. */
  ledger: Ledger;
}

export interface Numbers {
  profile: string;
  platform: string;
  services: Record<string, ServiceNumbers>;
}

/**
 * Plans, and makes children of the plan. From plain values that happens at once, in the constructor: a preview shows the
 * children, and an error reaches the caller. Where a value is an `Output`, it happens as soon as that is known: a preview
 * before then shows the component alone. What depends on the component waits for its children either way.
 *
 * `Own` are the outputs that a component has beside these.
 */
export abstract class Services<Own extends object> extends pulumi.ComponentResource {
  /** Names the hardware: `c6i.8xlarge`, `4cpu-8gi`. */
  readonly profile: pulumi.Output<string>;
  readonly platform: pulumi.Output<string>;
  /** By name, in stack order, without external ones. */
  readonly services: pulumi.Output<Record<string, ServiceNumbers>>;
  protected readonly made: pulumi.Output<Numbers & Own>;

  /** @param make see `makePlanned` */
  protected constructor(
    type: string,
    name: string,
    opts: pulumi.ComponentResourceOptions | undefined,
    make: (self: pulumi.Resource) => pulumi.Output<Numbers & Own>,
  ) {
    // Without the arguments, which the state would keep: `environment` may be that of a whole process.
    super(type, name, {}, opts);
    this.made = make(this);
    this.profile = this.made.apply(({ profile }) => profile);
    this.platform = this.made.apply(({ platform }) => platform);
    this.services = this.made.apply(({ services }) => services);
  }

  /** One by one, because the state keeps an output of all in the clear, even where it is a secret. */
  protected registerAll(own: { [Name in keyof Own]: pulumi.Output<Own[Name]> }): void {
    const { profile, platform, services } = this;
    this.registerOutputs({ profile, platform, services, ...own });
  }

  /** What depends on the component waits for this. */
  protected override async initialize(): Promise<void> {
    await undefined; // the constructor goes on
    if (this.made !== undefined) await pulumi.isSecret(this.made);
  }
}

/** What a component is for. */
interface Purpose {
  /** Planned for unless the arguments name another platform. */
  platform: string;
  /** The kind of platforms that it takes. */
  kind: PlatformKind;
  /** Whose files say the same; what it refuses is refused. */
  target: PlanTarget;
  /** Its arguments beside those of the plan. */
  own?: Readonly<Record<string, PropKind>>;
}

/** The arguments of a child, as secrets where something that was planned for is one. */
export type Conceal = <T extends object>(args: T) => T;

/**
 * @param make makes the children, and yields the component's own outputs
 * @throws pulumi.ResourceError for whatever is wrong with the arguments, or infeasible
 */
export function makePlanned<Own extends object>(
  purpose: Purpose,
  self: pulumi.Resource,
  args: PlanArgs,
  make: (input: RenderInput, conceal: Conceal) => { [Name in keyof Own]: pulumi.Input<Own[Name]> },
): pulumi.Output<Numbers & Own> {
  const makeOf = (props: PlanProps, conceal: Conceal) => {
    try {
      // A program that is not type-checked may give none.
      const input = planOf(purpose, props ?? {});
      for (const { path, message, code } of input.plan.findings)
        void pulumi.log.warn(`${path}: ${message} (${code})`, self);
      return { ...numbersOf(input.plan), ...make(input, conceal) };
    } catch (error) {
      if (!(error instanceof SizewrightError)) throw error;
      throw new pulumi.ResourceError(error.message, self, true);
    }
  };
  const given = pulumi.output(args) as pulumi.Output<PlanProps>;
  const made: unknown = isPlain(args)
    ? pulumi.output(makeOf(args as PlanProps, asTheyAre))
    : given.apply(async (props) => makeOf(props, (await pulumi.isSecret(given)) ? asSecrets : asTheyAre));
  return made as pulumi.Output<Numbers & Own>;
}

function planOf({ platform, kind, target, own }: Purpose, props: PlanProps): RenderInput {
  refuseOtherProps(props, { ...PLAN_PROPS, ...own });
  const input = planFor(props, platform);
  refuseOtherKind(input, kind, platform);
  renderChecked(target, input);
  return input;
}

function numbersOf({ profile, platform, services }: Plan): Numbers {
  const numbers = Object.entries(services).map(([name, { limits, requests, replicas, parameters, ledger }]) => {
    const values = Object.entries(parameters).map(([parameter, { value }]) => [parameter, value]);
    return [name, { limits, requests, replicas, parameters: Object.fromEntries(values), ledger }];
  });
  return { profile, platform, services: Object.fromEntries(numbers) };
}

function asTheyAre<T>(args: T): T {
  return args;
}

function asSecrets<T extends object>(args: T): T {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, pulumi.secret(value)])) as T;
}

/** Options of a child: it waits for what the component was told to wait for, too. */
export function childOptions(
  parent: pulumi.Resource,
  opts: pulumi.ComponentResourceOptions | undefined,
  dependsOn: readonly pulumi.Resource[],
): pulumi.CustomResourceOptions {
  // Pulumi takes lists in lists, and outputs of them; its type does not say so.
  const told = opts?.dependsOn === undefined ? [] : [opts.dependsOn as pulumi.Input<pulumi.Resource>];
  return { parent, dependsOn: [...told, ...dependsOn] };
}
