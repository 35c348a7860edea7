/** Configurations in real Terraform and OpenTofu, with no other provider than one of ours that serves a real schema. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Artifact } from '../../../src/targets/target.ts';
import { type Provider, schemaFile, VERSIONS } from '../../targets/terraform/schema.ts';
import { temporaryFolder } from './generated.ts';
import { run } from './run.ts';
import { buildTool } from './tools.ts';

/** What a user's own configuration may say does not count. */
const ENVIRONMENT = { TF_CLI_CONFIG_FILE: '/dev/null', CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' };

/** Runs one command in a configuration. @throws with all that it printed */
export function terraform(program: string, folder: string, args: readonly string[], input?: string): Promise<string> {
  return run(program, args, { cwd: folder, env: ENVIRONMENT, ...(input !== undefined && { input }) });
}

/** Runs one command where a provider can be had. @throws with all that it printed */
export type WithProvider = (program: string, folder: string, ...args: string[]) => Promise<string>;

/**
 * A mirror of registries that has one provider: `tools/terraform-provider-schema` in the place of the real one, with that
 * one's schema. It keeps as state what is applied, and reaches no cluster and no cloud.
 */
export async function providerMirror(provider: Provider): Promise<WithProvider> {
  const version = VERSIONS[provider];
  const program = await buildTool('terraform-provider-schema');
  const mirror = temporaryFolder();
  const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
  for (const registry of ['registry.terraform.io', 'registry.opentofu.org']) {
    const folder = join(mirror, registry, 'hashicorp', provider, version, platform);
    mkdirSync(folder, { recursive: true });
    symlinkSync(program, join(folder, `terraform-provider-${provider}_v${version}`));
  }
  const file = join(mirror, 'terraform.rc');
  writeFileSync(file, `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`);
  const env = { ...ENVIRONMENT, TF_CLI_CONFIG_FILE: file, PROVIDER_SCHEMA: schemaFile(provider) };
  return (tool, folder, ...args) => run(tool, [...args, '-no-color'], { cwd: folder, env });
}

/** What `show -json` says of a resource. */
export interface Shown {
  address: string;
  type: string;
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: arguments of many types, looked at one by one
  values: any;
}

/** The resources of a state. */
export function resourcesIn(show: string): Shown[] {
  return JSON.parse(show).values.root_module.resources;
}

/** A configuration of these files in a folder of its own, initialised. */
export async function configuration(program: string, files: readonly Artifact[]): Promise<string> {
  const folder = temporaryFolder();
  for (const { path, contents } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), contents);
  }
  await terraform(program, folder, ['init', '-no-color']);
  return folder;
}

/** The value of an expression in a configuration. */
export async function expressionValue<T>(program: string, folder: string, expression: string): Promise<T> {
  const printed = await terraform(program, folder, ['console'], `jsonencode(${expression})\n`);
  return JSON.parse(JSON.parse(printed.trim())) as T;
}
