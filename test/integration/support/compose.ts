/** A generated Compose file, run by the test's engine. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { inject } from 'vitest';
import { docker } from './containers.ts';
import { run } from './run.ts';
import { SECRETS } from './secrets.ts';

/** The part of `docker compose config` that the tests need. */
interface Project {
  services: Record<string, { image: string }>;
  secrets: Record<string, { file: string }>;
}

/** @param folder of the compose target */
export function composeProject(folder: string) {
  const compose = (...args: string[]): Promise<string> =>
    run('docker', ['compose', ...args], { cwd: folder, env: inject('docker') });
  return {
    compose,
    /** Writes the secrets and gives the databases their images; the images that services name, by service. */
    async prepare(): Promise<Record<string, string>> {
      const { services, secrets }: Project = JSON.parse(await compose('config', '--format', 'json'));
      for (const { file } of Object.values(secrets)) writeSecret(basename(file), file);
      for (const name of ['postgres', 'redis'] as const)
        await docker('tag', inject('images')[name], services[name]!.image);
      return Object.fromEntries(Object.entries(services).map(([name, { image }]) => [name, image]));
    },
    /** Starts all services, or some, and waits until they are healthy. */
    up: (...services: string[]) =>
      compose('up', '--detach', '--wait', '--wait-timeout', '180', '--pull', 'never', ...services),
    /** The id of a service's container. */
    container: async (service: string) => (await compose('ps', '--all', '--quiet', service)).trim(),
  };
}

/** Readable by whichever uid the container has; on the machine the folder keeps others out. */
function writeSecret(name: string, file: string): void {
  const value = SECRETS[name];
  if (value === undefined) throw new Error(`no value for the secret ${name}`);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, value);
  chmodSync(file, 0o444); // whatever the umask is
}
