/** The files read back: variables as systemd, Docker and sh agree on them, settings, the limits of the units. */

import type { Finding } from '../../errors/errors.ts';
import { finding } from '../../errors/findings.ts';
import { baseName } from '../../stack/stack.ts';
import { secretFindings, secretNames } from '../secrets.ts';
import type { Artifact, Observed, ObservedService, RenderInput } from '../target.ts';
import { readParameters } from '../values.ts';
import { ENV_LINE } from './text.ts';

export function read(artifacts: readonly Artifact[], input: RenderInput): Observed {
  const { plan, stack, policies } = input;
  const findings: Finding[] = [];
  const services: Record<string, ObservedService> = Object.create(null);
  const secrets = secretNames(input);
  const textOf = (path: string) => artifacts.find((artifact) => artifact.path === path)?.contents;

  for (const { path, contents } of artifacts) {
    if (!/\.env(\.example)?$/.test(path)) continue;
    const values = readEnvironment(contents, path, findings);
    findings.push(...secretFindings(secrets, values, path));
  }
  for (const { name, policy: policyName, deploy } of stack.services.filter((one) =>
    Object.hasOwn(plan.services, one.name),
  )) {
    const { systemd } = deploy ?? {};
    const policy = policies[policyName]!;
    const prefix = name === stack.main ? '' : name;
    const unit =
      systemd && (textOf(`systemd/${systemd.unit}`) ?? textOf(`systemd/${systemd.unit}.d/50-sizewright.conf`));
    const onCommand = systemd?.exec !== undefined;
    const readable = onCommand || policy.deliveries.some(({ as }) => as !== 'flags');
    const example = readEnvironment(textOf(`${prefix}.env.example`) ?? '', '', []);
    for (const { key } of policy.parameters) {
      if (example.has(key))
        findings.push(finding('EXAMPLE_SET', `${prefix}.env.example`, `expected ${key} commented out, got a value`));
    }
    const told = readEnvironment(textOf(`${prefix}.env`) ?? '', '', []);
    services[name] = {
      ...(unit !== undefined && { limits: readLimits(unit, `systemd/${systemd!.unit}`, findings) }),
      ...(input.held
        ? { environment: told }
        : readable && {
            parameters: readParameters(policy, {
              environment: told,
              words: onCommand ? execWords(unit ?? '').slice(1) : [],
              fileText: (file, path) => textOf(`${name}/${onCommand && path ? baseName(path) : file}`),
            }),
          }),
    };
  }
  return { services, findings };
}

/** Assignments of a file; a line that the three readers would not agree on is a finding. */
function readEnvironment(text: string, path: string, findings: Finding[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const match = ENV_LINE.exec(line);
    if (match) values.set(match[1]!, match[2] ?? match[3]!);
    else
      findings.push(
        finding(
          'LINE_AMBIGUOUS',
          path,
          `expected NAME=value that every reader takes alike, got ${JSON.stringify(line)}`,
        ),
      );
  }
  return values;
}

/** Words of `ExecStart=` as systemd takes them apart. */
function execWords(unit: string): string[] {
  const line = /^ExecStart=(.*)$/m.exec(unit)?.[1] ?? '';
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, plain]) => plain ?? quoted!.replace(/\\(.)/g, '$1'),
  );
}

/** Limits of a unit or a drop-in; what is no quantity is NaN, which equals no plan. */
function readLimits(text: string, path: string, findings: Finding[]): { cpuMillis?: number; memoryMiB: number } {
  const lastOf = (key: string) =>
    text
      .split('\n')
      .findLast((line) => line.startsWith(`${key}=`))
      ?.slice(key.length + 1);
  if (lastOf('MemorySwapMax') !== '0')
    findings.push(finding('SWAP_ALLOWED', path, `expected MemorySwapMax=0, got ${lastOf('MemorySwapMax')}`));
  const quota = lastOf('CPUQuota');
  const [, whole, tenth = '0'] = /^(\d+)(?:\.(\d))?%$/.exec(quota ?? '') ?? [];
  const memory = /^(\d+)M$/.exec(lastOf('MemoryMax') ?? '')?.[1];
  return {
    ...(quota !== undefined && { cpuMillis: whole === undefined ? Number.NaN : Number(whole) * 10 + Number(tenth) }),
    memoryMiB: memory === undefined ? Number.NaN : Number(memory),
  };
}
