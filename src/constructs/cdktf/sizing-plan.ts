/** The plan as a construct: values for a user's own resources, errors where a construct's errors belong. */
import { Annotations, TerraformOutput, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import type { ErrorCode } from '../../errors/codes.ts';
import { type Finding, type Problem, SizewrightError } from '../../errors/errors.ts';
import { unknownName } from '../../errors/nearest.ts';
import type { Ledger } from '../../plan/decide/decision.ts';
import type { Plan, ServicePlan } from '../../plan/plan.ts';
import type { PlatformKind } from '../../platforms/platform.ts';
import type { RenderInput } from '../../targets/target.ts';
import { OUTPUTS, type OutputName, outputValue } from '../../targets/terraform/outputs.ts';
import { type PlanProps, planFor, refuseOtherKind } from '../plan-for.ts';
import { type PropKinds, planPropsOf, validationError } from './props.ts';

export type { PlanProps };

/** What a construct is for. */
interface Purpose {
  /** Planned for unless the props name another platform. */
  readonly platform: string;
  /** The kind of platforms that it takes. @default all */
  readonly kind?: PlatformKind;
  /** Its props beside those of the plan. */
  readonly own?: PropKinds;
}

/**
 * A plan made at construction. Whatever is wrong with the props, or infeasible, is a validation error of this construct,
 * and every value is then 0: nothing is synthesized. Findings are its annotations.
 */
abstract class Planned<T> extends Construct {
  /** Undefined where there is none; validation says why. */
  readonly plan: Plan | undefined;
  /** What is made of the plan. */
  protected readonly made: T | undefined;
  readonly #problems: Problem[] = [];

  protected constructor(
    scope: Construct,
    id: string,
    props: PlanProps,
    { platform, kind, own = {} }: Purpose,
    make: (input: RenderInput) => T,
  ) {
    super(scope, id);
    this.node.addValidation({ validate: () => this.#problems.map(validationError) });
    try {
      const input = planFor(planPropsOf(props ?? {}, own), platform);
      if (kind) refuseOtherKind(input, kind, platform);
      this.made = make(input);
      this.plan = input.plan;
      const annotations = Annotations.of(this);
      for (const { level, path, message, code } of input.plan.findings)
        annotations[ANNOTATE[level]](`${path}: ${message} (${code})`);
    } catch (error) {
      if (!(error instanceof SizewrightError)) throw error;
      this.#problems.push(...error.problems);
    }
  }

  /** Limits of a replica: millicores, absent where the service has no CPU limit, and MiB. */
  limits(service: string): ServicePlan['limits'] {
    return this.#service(service)?.limits ?? { cpuMillis: 0, memoryMiB: 0 };
  }

  /** Requests of a replica: millicores and MiB. */
  requests(service: string): ServicePlan['requests'] {
    return this.#service(service)?.requests ?? { cpuMillis: 0, memoryMiB: 0 };
  }

  replicas(service: string): ServicePlan['replicas'] {
    return this.#service(service)?.replicas ?? { min: 0, max: 0, surge: 0 };
  }

  /** The value of a parameter, in the unit of its policy. */
  parameter(service: string, name: string): number {
    const parameters = this.#service(service)?.parameters;
    if (parameters === undefined) return 0;
    const found = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (found === undefined)
      this.#unknown('USAGE', `a parameter of ${service}`, `${service}.${name}`, name, Object.keys(parameters));
    return found?.value ?? 0;
  }

  /** Memory of a replica: what there is, what each parameter takes of it. MiB. */
  ledger(service: string): Ledger {
    return this.#service(service)?.ledger ?? NO_LEDGER;
  }

  /**
   * Outputs for other configurations: `limits`, `requests`, `replicas`, `parameters`, `ledger`, each by service.
   * @param prefix before each name, where several constructs of a stack have outputs. @default none
   */
  addOutputs(prefix = ''): void {
    if (!this.plan) return;
    if (!PREFIX.test(prefix)) {
      const message = 'expected a prefix of letters, digits, _ and -, that begins with a letter or _';
      this.#problems.push({ code: 'USAGE', path: 'addOutputs', message: `${message}, got ${JSON.stringify(prefix)}` });
      return;
    }
    for (const name of Object.keys(OUTPUTS) as OutputName[]) {
      const value = outputValue(name, this.plan);
      if (hasOutput(this, `${prefix}${name}`)) {
        const message = 'expected a prefix that no other construct of the stack has for its outputs';
        this.#problems.push({ code: 'USAGE', path: 'addOutputs', message: `${message}, got "${prefix}"` });
        return;
      }
      new TerraformOutput(this, `${prefix}${name}`, { value, description: OUTPUTS[name].description, staticId: true });
    }
  }

  #service(name: string): ServicePlan | undefined {
    if (this.plan === undefined) return undefined;
    const { services } = this.plan;
    if (Object.hasOwn(services, name)) return services[name];
    this.#unknown('SERVICE_UNKNOWN', 'a service of the plan', name, name, Object.keys(services));
    return undefined;
  }

  #unknown(code: ErrorCode, what: string, path: string, name: string, known: readonly string[]): void {
    this.#problems.push({ code, path, message: unknownName(what, name, known) });
  }
}

const ANNOTATE = { advice: 'addInfo', warning: 'addWarning', error: 'addError' } as const satisfies Record<
  Finding['level'],
  keyof Annotations
>;

/** What names of outputs begin with, to Terraform. */
const PREFIX = /^([\p{ID_Start}_][\p{ID_Continue}-]*)?$/u;

/** Outputs of one name would be one output: that of whichever comes last. */
function hasOutput(scope: Construct, name: string): boolean {
  const all = TerraformStack.of(scope).node.findAll();
  return all.some((one) => one instanceof TerraformOutput && one.staticId && one.node.id === name);
}

const NO_LEDGER: Ledger = {
  memoryMiB: 0,
  headroomMiB: 0,
  reserveMiB: 0,
  availableMiB: 0,
  stated: false,
  items: [],
  usedMiB: 0,
  freeMiB: 0,
  assumedMiB: 0,
};

export { Planned };

/**
 * Only the plan, for resources of one's own.
 * @example
 * const sizes = new SizingPlan(this, 'sizes', { stack: './shop.yaml', profile: 'c6i.8xlarge' });
 * sizes.limits('api').memoryMiB; sizes.parameter('api', 'ACTIX_WORKERS');
 */
export class SizingPlan extends Planned<void> {
  /** @param props `platform` is `host` unless given */
  constructor(scope: Construct, id: string, props: PlanProps) {
    super(scope, id, props, { platform: 'host' }, () => {});
  }
}
