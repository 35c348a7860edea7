/** Files of anyone, audited. */
import { type Files, loadPolicy, parsers, policyNames } from '../files/library.ts';
import { type Gathering, need } from '../gather.ts';
import { readCompose } from '../manifests/compose.ts';
import { readDotEnv } from '../manifests/interpolate.ts';
import type { Policy } from '../policy/policy.ts';
import { type Around, type Audited, audit, type Unjudged } from './audit.ts';

export interface AuditedFile {
  file: string;
  services: readonly (Audited | Unjudged)[];
  /** What of the file was not understood. */
  unread: readonly { line: number; what: string }[];
}

/** Every policy, the user's and the package's. */
export function* loadPolicies(files: Files): Gathering<Policy[]> {
  const policies: Policy[] = [];
  for (const name of policyNames(files)) policies.push((yield* loadPolicy(files, name, 'policies', '')).value);
  return policies;
}

/**
 * @param text what is in the file
 * @throws YAML_SYNTAX
 */
export function* auditFile(
  files: Files,
  { file, text }: { file: string; text: string },
  policies: readonly Policy[],
  around: Around,
): Gathering<AuditedFile> {
  const { treesFromYaml } = yield* need(parsers);
  const folder = file.slice(0, file.lastIndexOf('/') + 1);
  const variables = file === '-' ? undefined : files.readText(`${folder}.env`);
  const { workloads, unread } = readCompose(treesFromYaml(text, file), readDotEnv(variables ?? ''));
  return { file, services: workloads.map((workload) => audit(workload, policies, around)), unread };
}
