/** The real programs that the tests run: found, installed or built, or the run fails. No test is ever skipped. */
import { accessSync, constants, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheFolder, folderHash, hashOf, madeOnce } from './cache.ts';
import { run } from './run.ts';

/** Programs that a Debian package brings where the machine has none. */
const PACKAGE_OF = {
  ab: 'apache2-utils',
  bash: 'bash',
  busybox: 'busybox',
  dash: 'dash',
  debootstrap: 'debootstrap',
  docker: 'docker.io',
  dockerd: 'docker.io',
  etcd: 'etcd-server',
  mariadbd: 'mariadb-server-core',
  nginx: 'nginx-light',
  'php-fpm8.2': 'php8.2-fpm',
  pgbouncer: 'pgbouncer',
  prometheus: 'prometheus',
  'prometheus-postgres-exporter': 'prometheus-postgres-exporter',
  'prometheus-redis-exporter': 'prometheus-redis-exporter',
  promtool: 'prometheus',
  'qemu-system-x86_64': 'qemu-system-x86',
  shellcheck: 'shellcheck',
  'systemd-analyze': 'systemd',
  wrk: 'wrk',
} as const;

interface GoTool {
  package: string;
  /** What the linker sets. */
  ldflags: string;
  /** The module under `tools/`, where it is not of the program's name: what it needs is compiled once for both. */
  module?: string;
}

/** Programs built from a Go module under `tools/`. */
const GO_TOOLS = {
  actionlint: { package: 'github.com/rhysd/actionlint/cmd/actionlint', ldflags: '' },
  cadvisor: { package: '.', ldflags: '' },
  'docker-compose': {
    package: 'github.com/docker/compose/v2/cmd',
    ldflags: '-X github.com/docker/compose/v2/internal.Version=v2.40.3',
  },
  helm: { package: 'helm.sh/helm/v4/cmd/helm', ldflags: '-X helm.sh/helm/v4/internal/version.version=v4.1.4' },
  'k8s-decode': { package: '.', ldflags: '' },
  'kubelet-expand': { package: '.', ldflags: '' },
  kubectl: { package: '.', ldflags: '-X k8s.io/component-base/version.gitVersion=v1.34.0' },
  kubernetes: { package: '.', ldflags: '-X k8s.io/component-base/version.gitVersion=v1.34.4' },
  pulumi: {
    package: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
    ldflags: '-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.246.0',
  },
  'pulumi-resource-kubernetes': {
    package: '.',
    ldflags: '-X github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version=v4.25.0',
  },
  'terraform-provider-schema': { package: '.', ldflags: '' },
  tofu: {
    package: 'github.com/opentofu/opentofu/cmd/tofu',
    ldflags: '-X github.com/opentofu/opentofu/version.dev=no',
  },
  'read-compose': { package: './read', ldflags: '', module: 'docker-compose' },
  'read-hcl': { package: './read', ldflags: '', module: 'tofu' },
  'read-yaml': { package: './read', ldflags: '', module: 'helm' },
} as const satisfies Record<string, GoTool>;

const TOOLS_FOLDER = join(import.meta.dirname, '..', 'tools');

/** The path of a program that Debian packages; installs the package when the program is not there. */
export async function findTool(name: keyof typeof PACKAGE_OF): Promise<string> {
  return tryFindOnPath(name) ?? (await madeOnce(name, () => install(name)));
}

/** The path of `kubectl`: whichever version the machine has, else our own. */
export async function findKubectl(): Promise<string> {
  return tryFindOnPath('kubectl') ?? (await buildTool('kubectl'));
}

/** The path of `terraform`, which no package of Debian brings. */
export function findTerraform(): string {
  const found = tryFindOnPath('terraform');
  if (found === undefined) throw new Error('terraform is not on the PATH: install Terraform 1.2 or newer');
  return found;
}

/** The path of a program built from its module under `tools/`, always in the version pinned there. */
export async function buildTool(name: keyof typeof GO_TOOLS): Promise<string> {
  const { package: packagePath, ldflags, module = name }: GoTool = GO_TOOLS[name];
  const go = tryFindOnPath('go');
  if (go === undefined) throw new Error(`${name} has to be built: install Go 1.26 or newer`);
  const folder = join(TOOLS_FOLDER, module);
  const version = await run(go, ['env', 'GOVERSION'], { cwd: folder });
  const key = hashOf(folderHash(folder), packagePath, ldflags, version);
  const built = join(cacheFolder('tools'), `${name}-${key}`);
  if (existsSync(built)) return built;

  return madeOnce(built, async () => {
    progress(`building ${name}, once: takes minutes`);
    const unfinished = `${built}.${process.pid}`;
    const flags = ['-trimpath', '-ldflags', `-s -w ${ldflags}`, '-o', unfinished];
    await run(go, ['build', ...flags, packagePath], { cwd: folder });
    renameSync(unfinished, built);
    return built;
  });
}

/** The folder with the files of a Debian package, which is not installed. */
export async function unpackPackage(name: string): Promise<string> {
  const unpacked = join(cacheFolder('packages'), name);
  if (existsSync(unpacked)) return unpacked;

  progress(`downloading the package ${name}, once`);
  const folder = mkdtempSync(`${unpacked}.`);
  const download = async () => run('apt-get', ['download', await withFiles(name)], { cwd: folder });
  await download().catch(async () => {
    await run('apt-get', ['update']); // a new machine has no lists of packages yet, another one old ones
    await download();
  });
  const [file] = readdirSync(folder);
  await run('dpkg-deb', ['--extract', file!, 'files'], { cwd: folder });
  renameSync(join(folder, 'files'), unpacked);
  rmSync(folder, { recursive: true });
  return unpacked;
}

/** The package itself; for that of the current kernel the one it depends on, which has the version in its name. */
async function withFiles(name: string): Promise<string> {
  if (!/^linux-image-[a-z]/.test(name)) return name;
  const depends = await run('apt-cache', ['depends', '--important', name]);
  return /^\s*Depends: (\S+)$/m.exec(depends)![1]!;
}

/** Says on stderr what takes so long. */
export function progress(message: string): void {
  process.stderr.write(`integration: ${message}\n`);
}

async function install(name: keyof typeof PACKAGE_OF): Promise<string> {
  const packageName = PACKAGE_OF[name];
  const advice = `${name} is not on the PATH: apt-get install ${packageName}`;
  const apt = tryFindOnPath('apt-get');
  if (apt === undefined || process.getuid?.() !== 0) throw new Error(advice);

  progress(`installing ${packageName}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run(apt, ['update'], { env });
  await run(apt, ['install', '--yes', '--no-install-recommends', packageName], { env });
  const installed = tryFindOnPath(name);
  if (installed === undefined) throw new Error(`${advice} did not bring it`);
  return installed;
}

function tryFindOnPath(name: string): string | undefined {
  // Daemons and debootstrap are in the sbin folders, which not every user's PATH has.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
