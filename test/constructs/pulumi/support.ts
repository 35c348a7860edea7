/** Pulumi programs against its own mocks, and what they ask the engine for. */
import * as pulumi from '@pulumi/pulumi';
import type { RegisterResourceOutputsRequest, RegisterResourceRequest } from '@pulumi/pulumi/proto/resource_pb.js';
import { MockMonitor } from '@pulumi/pulumi/runtime/mocks.js';
import { vi } from 'vitest';

/** A resource as the engine is asked to register it. */
export interface Registered {
  type: string;
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: arguments of many kinds of resources, looked at member by member
  inputs: any;
  /** Name of the resource, where it is not the stack. */
  parent: string | undefined;
  /** Names of resources. */
  dependencies: string[];
  /** Of alias specifications: earlier names, and earlier parents. */
  aliases: { name: string; parentUrn: string }[];
  protect: boolean | undefined;
  ignoreChanges: string[];
  /** How long the engine has the provider wait for it. */
  waits: { create: string; update: string };
  provider: string;
  version: string;
}

export interface Program {
  resources: Registered[];
  /** What each component registered, by its name. */
  outputs: Record<string, unknown>;
  warnings: { message: string; resource: pulumi.Resource | undefined }[];
  find(name: string): Registered;
}

/** How a secret looks on the wire. */
const SECRET = '4dabf18193072939515e22adb298388d';

/** Any resource that a program has beside the component. */
export class Other extends pulumi.CustomResource {
  constructor(name: string, opts: pulumi.CustomResourceOptions = {}) {
    super('test:index:Other', name, {}, opts);
  }
}

class Last extends pulumi.CustomResource {
  constructor(dependsOn: pulumi.Resource) {
    super('test:index:Last', 'last', {}, { dependsOn });
  }
}

/**
 * Runs a program until its component's children are there.
 * @param program makes a component, and yields it where more is to wait for it
 * @throws what the program throws
 */
export async function run(
  program: () => pulumi.ComponentResource | Promise<pulumi.ComponentResource | undefined>,
  { preview = false, unknown = [] as string[] } = {},
): Promise<Program> {
  const requests = vi.spyOn(MockMonitor.prototype, 'registerResource');
  const completed = vi.spyOn(MockMonitor.prototype, 'registerResourceOutputs');
  const warn = vi.spyOn(pulumi.log, 'warn').mockResolvedValue();
  try {
    await pulumi.runtime.setMocks(
      {
        call: () => ({}),
        newResource: ({ type, name, inputs }) => ({
          id: unknown.includes(name) ? undefined : `${name}-id`,
          state: { ...inputs, ...(type.endsWith('TaskDefinition') && { arn: `arn:aws:ecs:task/${name}:1` }) },
        }),
      },
      'project',
      'stack',
      preview,
    );
    const attempt = await ended(program);
    if (attempt.component) await new Promise((resolve) => void new Last(attempt.component!).urn.apply(resolve));
    await vi.waitFor(() => {
      const components = requests.mock.calls.filter(([request]) => !request.getCustom());
      if (components.length === 0 || completed.mock.calls.length < components.length)
        throw new Error('a component is not complete');
    });
    if ('error' in attempt) throw attempt.error;
    const resources = requests.mock.calls.map(([request]) => registered(request));
    return {
      resources: resources.filter(({ name }) => name !== 'last'),
      outputs: Object.fromEntries(
        completed.mock.calls.map(([request]) => [
          nameOf((request as RegisterResourceOutputsRequest).getUrn()),
          plain(request.getOutputs()?.toJavaScript()),
        ]),
      ),
      warnings: warn.mock.calls.map(([message, resource]) => ({ message, resource })),
      find: (name) => {
        const found = resources.find((resource) => resource.name === name);
        if (found === undefined) throw new Error(`no resource ${name}: ${resources.map((one) => one.name).join(', ')}`);
        return found;
      },
    };
  } finally {
    for (const spy of [requests, completed, warn]) spy.mockRestore();
  }
}

async function ended<T>(program: () => T | Promise<T>): Promise<{ component?: T; error?: unknown }> {
  try {
    return { component: await program() };
  } catch (error) {
    return { error };
  }
}

function registered(request: RegisterResourceRequest): Registered {
  const parent = nameOf(request.getParent());
  const timeouts = request.getCustomtimeouts();
  return {
    type: request.getType(),
    name: request.getName(),
    inputs: request.getObject()?.toJavaScript(),
    parent: parent === '' ? undefined : parent,
    dependencies: request.getDependenciesList().map(nameOf).sort(),
    aliases: request.getAliasesList().map((alias) => {
      const spec = alias.getSpec();
      return { name: spec?.getName() ?? alias.getUrn(), parentUrn: spec?.getParenturn() ?? '' };
    }),
    protect: request.getProtect(),
    ignoreChanges: request.getIgnorechangesList(),
    waits: { create: timeouts?.getCreate() ?? '', update: timeouts?.getUpdate() ?? '' },
    provider: request.getProvider(),
    version: request.getVersion(),
  };
}

/** The last part of a URN. */
function nameOf(urn: string): string {
  return urn.split('::').at(-1)!;
}

/** Without the marks of secrets. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if (SECRET in value) return { secret: plain((value as unknown as { value: unknown }).value) };
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}
