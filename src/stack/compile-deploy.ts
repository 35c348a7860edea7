/** From what a stack says of the deployment of a service to a checked one. */
import { deliveryOf, variableOf } from '../deliveries/delivery.ts';
import { fail } from '../errors/errors.ts';
import type { Policy } from '../policy/policy.ts';
import { parseMemoryMiB } from '../units.ts';
import { distributionOf } from './distribution.ts';
import type { StackFile } from './schema.ts';
import { type Build, baseName, type Deploy, type Volume } from './stack.ts';

type Written = NonNullable<StackFile['services'][string]['deploy']>;

/** @throws STACK_INVALID, QUANTITY_SYNTAX */
export function compileDeploy(service: string, written: Written, policy: Policy): Deploy {
  const path = `services.${service}.deploy`;
  const ports = Object.entries(written.ports ?? {}).map(([portName, port]) => ({ name: portName, port }));
  const twice = ports.find(({ port }, index) => ports.findIndex((other) => other.port === port) !== index);
  if (twice)
    fail('STACK_INVALID', `${path}.ports.${twice.name}`, `expected a port of its own, got ${twice.port} again`);
  checkProbes(written, path);
  if (!written.shell && written.build)
    fail('STACK_INVALID', `${path}.shell`, 'expected true for an image that is built here, which has one, got false');
  const needed = policy.stop.graceSeconds + written.preStopSeconds;
  const terminationGraceSeconds = written.terminationGraceSeconds ?? needed;
  if (terminationGraceSeconds < needed) {
    fail(
      'STACK_INVALID',
      `${path}.terminationGraceSeconds`,
      `expected at least ${needed} s (the policy's stop ${policy.stop.graceSeconds} s and preStopSeconds ${written.preStopSeconds} s), got ${terminationGraceSeconds} s`,
    );
  }
  const clash = policy.parameters.find(
    (parameter) =>
      deliveryOf(policy.deliveries, parameter.name)?.as === 'variables' &&
      Object.hasOwn(written.env, variableOf(policy.deliveries, parameter)),
  );
  if (clash)
    fail(
      'STACK_INVALID',
      `${path}.env.${clash.key}`,
      `expected a variable that no parameter decides, got ${clash.key}; pin it instead: --set ${service}.${clash.name}=${written.env[clash.key]}`,
    );
  const secrets = Object.entries(written.secrets).map(([name, secret]) => ({ name, ...secret }));
  const known = secrets.find(({ name }) => policy.secrets.some((other) => other.name === name));
  if (known)
    fail(
      'STACK_INVALID',
      `${path}.secrets.${known.name}`,
      `expected a secret that policy ${policy.name} does not have, got ${known.name}; leave it out`,
    );
  if (written.secretName !== undefined && secrets.length + policy.secrets.length === 0)
    fail(
      'STACK_INVALID',
      `${path}.secretName`,
      `expected a service with secrets, got ${written.secretName} for one that has none, nor has policy ${policy.name}; leave it out, or add secrets`,
    );
  checkFiles(written.files, `${path}.files`);
  const secret = [...policy.secrets, ...secrets].find((candidate) => Object.hasOwn(written.env, candidate.name));
  if (secret) {
    fail(
      'STACK_INVALID',
      `${path}.env.${secret.name}`,
      `expected a constant, got ${secret.name}, which is a secret of ${secrets.includes(secret) ? 'the service' : `policy ${policy.name}`}; leave it out: files refer to the secret`,
    );
  }
  const {
    user,
    volume,
    build,
    writableSize,
    ports: _p,
    secrets: _s,
    terminationGraceSeconds: _t,
    ...asWritten
  } = written;
  return {
    ...asWritten,
    ports,
    secrets,
    ...(user && { user: { ...user, fsGroup: user.fsGroup ?? user.gid } }),
    ...(volume && { volume: compileVolume(volume, `${path}.volume`) }),
    writableSizeMiB: parseMemoryMiB(writableSize, `${path}.writableSize`),
    terminationGraceSeconds,
    ...(build && { build: compileBuild(build, `${path}.build`) }),
  };
}

/** A path is asked for on the main port. */
function checkProbes({ ports, probes }: Written, path: string): void {
  if (ports !== undefined) return;
  for (const [kind, probe] of Object.entries(probes)) {
    if (probe?.http === undefined) continue;
    fail(
      'STACK_INVALID',
      `${path}.probes.${kind}.http`,
      `expected a command (exec), because the service has no port to ask for a path on, got ${probe.http}; add ports, such as { http: 8080 }`,
    );
  }
}

/** Their names are keys of one ConfigMap, and files of one folder. */
function checkFiles(files: Written['files'], path: string): void {
  for (const [index, file] of files.entries()) {
    const name = baseName(file.path);
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name))
      fail('STACK_INVALID', `${path}.${index}.path`, `expected a file name of letters, digits and ._-, got "${name}"`);
    if (files.findIndex((other) => baseName(other.path) === name) < index)
      fail('STACK_INVALID', `${path}.${index}.path`, `expected a file name of its own, got ${name} again`);
  }
}

function compileVolume({ size, ...volume }: NonNullable<Written['volume']>, path: string): Volume {
  return { ...volume, sizeMiB: parseMemoryMiB(size, `${path}.size`) };
}

function compileBuild(build: NonNullable<Written['build']>, path: string): Build {
  return { ...build, distribution: build.distribution ?? distributionOf(build, path) };
}
