/**
 * The project read back. Its files carry no numbers of a plan: what asks for each plan, and the user's own files, are
 * what there is to compare. What the program makes of the plan is checked as the objects that it would make.
 */
import type { Finding } from '../../errors/errors.ts';
import { finding } from '../../errors/findings.ts';
import { readYaml } from '../../formats/read-yaml.ts';
import { objectsOf } from '../kubernetes/index.ts';
import { observeObjects } from '../kubernetes/read.ts';
import type { ReadObject } from '../kubernetes/read-object.ts';
import { CREDENTIALS, secretNames } from '../secrets.ts';
import { renderedServices } from '../services.ts';
import type { Artifact, Observed, RenderInput } from '../target.ts';
import { CONFIG_KEY, carriedOptions, carriedPath, configFile, INPUTS, PLANS, pulumiStack } from './names.ts';

interface ReadProject {
  name?: string;
  runtime?: string;
}

interface ReadConfig {
  config?: Record<string, string>;
}

type ReadPlans = Record<string, Record<string, string | string[]>>;

export function read(artifacts: readonly Artifact[], inputs: readonly RenderInput[]): Observed[] {
  const texts = new Map(artifacts.map(({ path, contents }) => [path, contents]));
  const project = readYaml(texts.get('Pulumi.yaml') ?? '') as ReadProject | undefined;
  const plans = JSON.parse(texts.get(PLANS) ?? '{}') as ReadPlans;
  return inputs.map((input) => {
    const name = pulumiStack(input, inputs);
    const file = configFile(name);
    const { config } = (readYaml(texts.get(file) ?? '') ?? {}) as ReadConfig;
    const options = Object.hasOwn(plans, name) ? plans[name]! : {};
    const path = `${PLANS}: ${name}`;
    const objects = objectsOf(input).map((file) => ({ path: file.path, object: file.manifest as ReadObject }));
    return {
      services: Object.fromEntries(renderedServices(input).map(({ service }) => [service.name, {}])),
      findings: [
        ...differences(file, { [CONFIG_KEY]: name }, { [CONFIG_KEY]: config?.[`${project?.name}:${CONFIG_KEY}`] }),
        ...differences(path, carriedOptions(input.asked!), options),
        ...input.asked!.files.flatMap(({ path: asked, text }) => {
          const carried = `${INPUTS}/${carriedPath(asked)}`;
          return texts.get(carried) === text
            ? []
            : [finding('FILE_DIFFERS', carried, `expected the text of ${asked}, got another one`)];
        }),
        ...written(path, options, secretNames(input)),
        ...(observeObjects(objects, input).findings ?? []),
      ],
    };
  });
}

function differences(path: string, expected: object, got: object): Finding[] {
  const members = new Map([...Object.entries(expected), ...Object.entries(got)]);
  return [...members.keys()].flatMap((name) => {
    const [want, have] = [expected, got].map((all) => JSON.stringify((all as Record<string, unknown>)[name]));
    const message = `expected ${want ?? 'none'}, got ${have ?? 'none'}`;
    return want === have ? [] : [finding('OPTION_DIFFERS', `${path}: ${name}`, message)];
  });
}

/** Credentials, or the value of a secret, in the text of an option. */
function written(
  path: string,
  options: Readonly<Record<string, string | string[]>>,
  secrets: ReadonlySet<string>,
): Finding[] {
  return Object.entries(options).flatMap(([name, value]) =>
    secrets.has(name) || [value].flat().some((text) => CREDENTIALS.test(text))
      ? [finding('SECRET_WRITTEN', `${path}: ${name}`, 'expected a reference to a secret, got a value')]
      : [],
  );
}
