/**
 * A Docker engine of our own, for the time of the run: nothing that the machine's user has in Docker is touched,
 * and no firewall rule is changed.
 */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { startDaemon } from './daemon.ts';
import { run } from './run.ts';
import { buildTool, findTool } from './tools.ts';

/** The variables that make a `docker` command reach the engine. */
export type DockerEnvironment = Record<string, string>;

interface DockerEngine {
  environment: DockerEnvironment;
  stop(): Promise<void>;
}

/**
 * Passes one SIGTERM on and waits. When a process with several threads dies, the kernel signals more than once, and at
 * the third signal dockerd leaves its containers behind.
 */
const SUPERVISE = '"$@" & trap \'trap "" TERM; kill "$!"\' TERM; wait "$!"; wait "$!"';

const START_TIMEOUT_MS = 10 * 60_000; // another run on this machine may hold the images' folder

/**
 * Starts the engine. It ends with this process, however that ends. Images stay in the cache for the next run;
 * containers, networks and volumes don't.
 *
 * @param scratch Folder of this run, with a short path: that of a socket may have 107 bytes.
 */
export async function startDocker(scratch: string): Promise<DockerEngine> {
  const docker = await findTool('docker');
  const dockerd = await findTool('dockerd');
  const compose = await buildTool('docker-compose');
  const data = cacheFolder('docker');
  const environment = makeEnvironment(scratch, compose);

  const engine = startDaemon(
    [
      ...['sh', '-c', SUPERVISE, 'sh'],
      ...['unshare', '--mount'], // what it mounts is gone with it
      ...['flock', '--no-fork', join(data, 'lock')],
      ...[dockerd, '--host', environment.DOCKER_HOST!, '--data-root', data],
      ...['--exec-root', join(scratch, 'exec'), '--pidfile', join(scratch, 'docker.pid')],
      ...['--iptables=false', '--ip-forward=false', '--bridge=none'],
    ],
    join(scratch, 'dockerd.log'),
    { signal: 'TERM' },
  );
  const stop = async () => {
    await removeLeftovers(docker, environment);
    await engine.stop();
  };

  try {
    await engine.answers(() => run(docker, ['version'], { env: environment }), START_TIMEOUT_MS);
    await removeLeftovers(docker, environment); // of a run that was killed
  } catch (error) {
    await engine.stop().catch(() => {}); // says the same
    throw new Error(`dockerd did not start; another run may hold ${join(data, 'lock')}`, { cause: error });
  }
  return { environment, stop };
}

/** A configuration of its own, so that the user's contexts and credential helpers don't matter. */
function makeEnvironment(scratch: string, compose: string): DockerEnvironment {
  const config = join(scratch, 'config');
  mkdirSync(join(config, 'cli-plugins'), { recursive: true });
  symlinkSync(compose, join(config, 'cli-plugins', 'docker-compose'));
  return {
    DOCKER_HOST: `unix://${join(scratch, 'docker.sock')}`,
    DOCKER_CONFIG: config,
    OPEN_FILES: '16384', // the engine may not be allowed to raise this machine's own limit
    DOCKER_BUILDKIT: '0', // the plain builder: BuildKit would download its frontend
  };
}

async function removeLeftovers(docker: string, env: DockerEnvironment): Promise<void> {
  const containers = (await run(docker, ['ps', '--all', '--quiet'], { env })).split('\n').filter(Boolean);
  if (containers.length > 0) await run(docker, ['rm', '--force', '--volumes', ...containers], { env });
  await run(docker, ['network', 'prune', '--force'], { env });
  await run(docker, ['volume', 'prune', '--force'], { env });
  await run(docker, ['image', 'prune', '--force', '--filter', 'until=168h'], { env }); // builds of last week
}
