/** The Compose file read back, as Compose takes it with none of its variables set. */
import type { Finding } from '../../errors/errors.ts';
import { finding } from '../../errors/findings.ts';
import { readYaml } from '../../formats/read-yaml.ts';
import { tryDockerMemory } from '../../units.ts';
import { besideText, parametersRead, programWordsRead, tryCores } from '../docker/read.ts';
import { secretFindings, secretNames } from '../secrets.ts';
import type { Artifact, Observed, ObservedService, RenderInput } from '../target.ts';

/** The parts of the file that are looked at. */
interface ReadCompose {
  services?: Record<string, ReadService>;
  secrets?: Record<string, { file?: string }>;
}

interface ReadService {
  deploy?: { resources?: { limits?: { cpus?: string; memory?: string } } };
  memswap_limit?: string;
  shm_size?: string;
  environment?: Record<string, string>;
  entrypoint?: string[];
  command?: string[];
  secrets?: { source?: string; target?: string }[];
}

export function read(artifacts: readonly Artifact[], input: RenderInput): Observed {
  const findings: Finding[] = [];
  const services: Record<string, ObservedService> = Object.create(null);
  const names = secretNames(input);
  for (const { path, contents } of artifacts) {
    if (!path.endsWith('.yaml')) continue;
    const file = interpolated(readYaml(contents), (text) =>
      findings.push(finding('VARIABLE_UNKNOWN', path, `expected $$ for a dollar sign, got ${JSON.stringify(text)}`)),
    ) as ReadCompose;
    for (const [name, service] of Object.entries(file.services ?? {})) {
      const where = `${path}: services.${name}`;
      const planned = input.stack.services.find((candidate) => candidate.name === name);
      const policy = planned && input.policies[planned.policy];
      if (policy === undefined) {
        findings.push(finding('SERVICE_DIFFERS', where, `expected a service of the stack, got ${name}`));
        continue;
      }
      const { cpus, memory } = service.deploy?.resources?.limits ?? {};
      if (memory === undefined || service.memswap_limit !== memory)
        findings.push(
          finding('SWAP_ALLOWED', where, `expected memswap_limit ${memory} as memory, got ${service.memswap_limit}`),
        );
      for (const { source = '' } of service.secrets ?? []) {
        if (file.secrets?.[source]?.file === undefined)
          findings.push(finding('SECRET_UNKNOWN', where, `expected a file for the secret ${source}, got none`));
      }
      const environment = new Map(Object.entries(service.environment ?? {}));
      findings.push(...secretFindings(names, environment, where));
      const command = programWordsRead(service.entrypoint, service.command ?? [], planned!.deploy?.entrypoint);
      services[name] = {
        limits: {
          ...(cpus !== undefined && { cpuMillis: tryCores(cpus) ?? Number.NaN }),
          memoryMiB: tryDockerMemory(memory ?? '') ?? Number.NaN,
        },
        sharedMemoryMiB: service.shm_size === undefined ? undefined : (tryDockerMemory(service.shm_size) ?? Number.NaN),
        ...(input.held
          ? { environment }
          : { parameters: parametersRead(policy, environment, command, besideText(artifacts, name)) }),
      };
    }
  }
  return { services, findings };
}

/** Every text of the file with its variables replaced: `$$` is a dollar sign, `${NAME:-text}` is the text. */
function interpolated(value: unknown, onUnknown: (text: string) => void): unknown {
  if (typeof value === 'string')
    return value.replace(/\$(?:\$|\{[A-Z][A-Z0-9_]*:-([^}$]*)\}|)/g, (match, otherwise: string | undefined) => {
      if (match === '$') onUnknown(value);
      return match === '$$' ? '$' : (otherwise ?? match);
    });
  if (Array.isArray(value)) return value.map((item) => interpolated(item, onUnknown));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, interpolated(member, onUnknown)]));
}
