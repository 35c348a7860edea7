/** A project for Pulumi, whose program plans by itself when it runs: with a stack of Pulumi for each profile. */
import programTemplate from '../../../templates/pulumi-program.hbs';
import { oneLine } from '../../formats/one-line.ts';
import { emitYaml } from '../../formats/yaml.ts';
import { HOST } from '../../hardware/profile.ts';
import { headerLines } from '../header.ts';
import { makesSecret } from '../kubernetes/config.ts';
import { holdsData, kubernetes } from '../kubernetes/index.ts';
import { commentLines, secretName } from '../kubernetes/object.ts';
import { renderedServices } from '../services.ts';
import { streamOfFiles } from '../spanning.ts';
import type { Artifact, RenderInput, StackTarget } from '../target.ts';
import { about } from './about.ts';
import {
  CONFIG_KEY,
  carriedOptions,
  carriedPath,
  configFile,
  INPUTS,
  LEGAL_STACK,
  PLANS,
  pulumiStack,
} from './names.ts';
import { read } from './read.ts';

export const pulumi: StackTarget = {
  ...about,
  unsupported,
  render,
  stream: streamOfFiles,
  read,
};

/** What the program runs on: Pulumi's as they were tried together, and any version of this one that plans alike. */
const PACKAGES = {
  dependencies: { '@pulumi/kubernetes': '4.34.2', '@pulumi/pulumi': '3.248.0', sizewright: '>=0.1.0 <1' },
  devDependencies: { '@types/node': '20.19.25', typescript: '5.9.3' },
};

/** CommonJS, as Pulumi runs TypeScript, with packages found by their `exports`. */
const COMPILER = {
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
    skipLibCheck: true,
    resolveJsonModule: true,
    noEmit: true,
  },
  files: ['index.ts'],
};

function render(inputs: readonly RenderInput[]): Artifact[] {
  const [first] = inputs as [RenderInput];
  const { stack } = first;
  const header = headerLines(...inputs);
  const json = (path: string, value: object): Artifact => ({ path, contents: `${JSON.stringify(value, null, 2)}\n` });
  const yaml = (path: string, value: object, lines: readonly string[]): Artifact => ({
    path,
    contents: `${commentLines(lines)}${emitYaml(value)}`,
  });
  const project = { name: stack.name, description: `${stack.name} on Kubernetes`, runtime: 'nodejs' };
  return [
    yaml('Pulumi.yaml', project, [...header, 'install: pulumi install', ...stackNotes(inputs)]),
    ...inputs.map((input): Artifact => {
      const name = pulumiStack(input, inputs);
      // Pulumi writes into it too: secrets, and the salt that they are encrypted with.
      const notes = ["yours and Pulumi's from now on", `names one of the plans in ${PLANS}`];
      return { ...yaml(configFile(name), { config: { [`${stack.name}:${CONFIG_KEY}`]: name } }, notes), once: true };
    }),
    json(PLANS, Object.fromEntries(inputs.map((input) => [pulumiStack(input, inputs), carriedOptions(input.asked!)]))),
    { path: 'index.ts', contents: program(inputs, header) },
    json('package.json', { name: stack.name, private: true, ...PACKAGES }),
    json('tsconfig.json', COMPILER),
    { path: '.gitignore', contents: 'node_modules/\n' },
    ...first.asked!.files.map(({ path, text }) => ({ path: `${INPUTS}/${carriedPath(path)}`, contents: text })),
  ];
}

function stackNotes(inputs: readonly RenderInput[]): string[] {
  const [name] = inputs.map((input) => pulumiStack(input, inputs));
  const secrets = inputs.flatMap(renderedServices).some(makesSecret);
  return [
    `once: pulumi stack init ${name}`,
    ...(secrets ? ['pods wait for the Secrets that index.ts names'] : []),
    `look at what would change: pulumi preview --stack ${name}`,
    `apply: pulumi up --stack ${name}`,
    ...(inputs.some(holdsData)
      ? [
          'the namespace is protected, because deleting it deletes the claims and the data in them',
          `to destroy all but it and the claims: pulumi destroy --exclude-protected --stack ${name}`,
        ]
      : []),
  ];
}

function program(inputs: readonly RenderInput[], header: readonly string[]): string {
  const secrets = new Map<string, string>();
  for (const input of inputs) {
    for (const { service, policy } of renderedServices(input)) {
      if (makesSecret({ service, policy }))
        secrets.set(secretName(input, service), policy.secrets.map(({ name }) => name).join(', '));
    }
  }
  return programTemplate({
    header: header.map(oneLine),
    name: `'${inputs[0]!.stack.name}'`,
    configKey: `'${CONFIG_KEY}'`,
    plans: PLANS,
    secrets: [...secrets].map(([name, keys]) => ({ name, keys })),
  });
}

function unsupported(inputs: readonly RenderInput[]): string | undefined {
  const names = inputs.map((input) => pulumiStack(input, inputs));
  const illegal = names.find((name) => !LEGAL_STACK.test(name));
  if (illegal !== undefined)
    return `expected the name of a Pulumi stack, at most 100 letters, digits and . _ -, got ${illegal}; name fewer profiles for services of their own`;
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `expected profiles of different names as Pulumi stacks, got ${twice} twice`;
  const detected = inputs.some(({ asked }) =>
    [asked!.options.profile ?? []].flat().some((text) => text.replace(/^.*=/, '') === HOST),
  );
  if (detected) return `expected hardware by its name, got ${HOST}, which is another one wherever the program runs`;
  return inputs.map((input) => kubernetes.unsupported?.(input)).find(Boolean);
}
