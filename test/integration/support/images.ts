/**
 * The images that the generated files build on and run, made here from Debian's packages: a build needs no registry.
 * Kept in the engine's folder in the cache; made again when a file under `images/` changes.
 */
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderHash } from './cache.ts';
import type { DockerEnvironment } from './docker.ts';
import { run } from './run.ts';
import { findTool, progress } from './tools.ts';

/** Tags in the test's engine. */
export interface Images {
  /** In place of `debian:bookworm-slim`. */
  runtime: string;
  /** In place of `rust:1-bookworm`. */
  rust: string;
  /** In place of `postgres:15`. */
  postgres: string;
  /** In place of `redis:7`. */
  redis: string;
}

const IMAGES_FOLDER = join(import.meta.dirname, '..', 'images');
const SUITE = 'bookworm';

/** Count it up when `bootstrap` makes something else. */
const RUNTIME_VERSION = `${SUITE}-1`;

export async function makeImages(env: DockerEnvironment): Promise<Images> {
  const runtime = `sizewright-test/runtime:${RUNTIME_VERSION}`;
  await makeUnlessThere(runtime, env, () => bootstrap(runtime, env));
  const rust = await makeOn(runtime, 'rust', env);
  const postgres = await makeOn(runtime, 'postgres', env);
  const redis = await makeOn(runtime, 'redis', env);
  return { runtime, rust, postgres, redis };
}

/** A machine with systemd as its first process, which few tests need. */
export async function makeMachineImage(env: DockerEnvironment): Promise<string> {
  return makeOn((await makeImages(env)).runtime, 'machine', env);
}

async function makeOn(runtime: string, name: string, env: DockerEnvironment): Promise<string> {
  const folder = join(IMAGES_FOLDER, name);
  const tag = `sizewright-test/${name}:${RUNTIME_VERSION}-${folderHash(folder)}`;
  await makeUnlessThere(tag, env, () => buildImage({ tag, folder, args: { BASE: runtime } }, env));
  return tag;
}

/** Builds with the plain builder, in the machine's own network: the engine has no other way out. */
export async function buildImage(
  image: { tag: string; folder: string; args: Record<string, string> },
  env: DockerEnvironment,
): Promise<void> {
  const args = Object.entries(image.args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  await run('docker', ['build', '--network', 'host', '--tag', image.tag, ...args, image.folder], { env });
}

async function makeUnlessThere(tag: string, env: DockerEnvironment, make: () => Promise<void>): Promise<void> {
  const found = await run('docker', ['images', '--quiet', tag], { env });
  if (found !== '') return;
  progress(`making the image ${tag}, once`);
  await make();
}

/** Debian with nothing but its required packages. apt works in it as it does on this machine. */
async function bootstrap(tag: string, env: DockerEnvironment): Promise<void> {
  const debootstrap = await findTool('debootstrap');
  const root = mkdtempSync(join(tmpdir(), 'sizewright-root-'));
  try {
    await run(debootstrap, ['--variant=minbase', SUITE, root]);
    rmSync(join(root, 'etc/apt'), { recursive: true });
    cpSync('/etc/apt', join(root, 'etc/apt'), { recursive: true });
    trustThisMachinesAuthorities(root);
    const pack =
      'tar -C "$1" --exclude="./var/cache/apt/*" --exclude="./var/lib/apt/lists/*" -c . | docker import - "$2"';
    await run('bash', ['-o', 'pipefail', '-c', pack, 'pack', root, tag], { env });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** For apt alone: the generated Dockerfile must bring its program's own certificates. */
function trustThisMachinesAuthorities(root: string): void {
  const bundle = '/etc/ssl/certs/ca-certificates.crt';
  if (!existsSync(bundle)) return;
  cpSync(bundle, join(root, 'etc/apt/authorities.crt'), { dereference: true });
  writeFileSync(
    join(root, 'etc/apt/apt.conf.d/zz-authorities'),
    'Acquire::https::CaInfo "/etc/apt/authorities.crt";\n',
  );
}
