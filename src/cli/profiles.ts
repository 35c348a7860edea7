import { type Command, Option } from 'commander';
import { fail, SizewrightError } from '../errors/errors.ts';
import { type Files, loadFamily, loadProfile } from '../files/library.ts';
import type { FilterTexts, MachineRow } from '../files/machines.ts';
import { gather } from '../gather.ts';
import { type CloudProvider, familyKey } from '../hardware/family.ts';
import type { Machine } from '../hardware/profile.ts';
import { findPlatform, isMachinePlatform, platformNames, unfitFor } from '../platforms/index.ts';
import type { Allocatable, MachinePlatform } from '../platforms/platform.ts';
import { formatCores, formatCount, formatCpu, formatMiB } from '../units.ts';
import { type Io, printTo, readPrinted } from './io.ts';
import { type Examples, formatOption, outputName, withExamples } from './options.ts';
import { columns } from './text.ts';

/** Which machines of the catalogue. */
export function withFilterOptions(command: Command): Command {
  return command
    .addOption(new Option('--provider <name>', 'the cloud; other: your own').choices(['aws', 'gcp', 'azure', 'other']))
    .option('--family <name>', 'one family: c6i, n2, Dsv5')
    .option('--vcpu <range>', 'vCPUs as listed: 16, 16..64, 16.., ..64')
    .option('--memory <range>', 'nominal memory: 32Gi, 32Gi..128Gi, 32Gi.., ..32Gi')
    .addOption(new Option('--arch <name>', 'instruction set').choices(['amd64', 'arm64']))
    .option('--gpu', 'only machines with a GPU');
}

/** What only these commands need is loaded by them. */
const catalogue = () => import('../files/machines.ts');

const EXAMPLES = {
  list: [
    ['the sizes of a family', 'sizewright profiles list --provider aws --family c6i'],
    [
      'ARM machines with 16 to 64 vCPUs and at least 64 GiB',
      'sizewright profiles list --arch arm64 --vcpu 16..64 --memory 64Gi..',
    ],
    ['machines with GPUs of one cloud, as JSON', 'sizewright profiles list --provider gcp --gpu --format json'],
  ],
  search: [
    ['a size of any family', 'sizewright profiles search 8xlarge'],
    ['a part of a name, in one cloud', 'sizewright profiles search n2-high --provider gcp'],
    [
      'of those found, the ones with at least 32 GiB',
      'sizewright profiles search standard_d8s --provider azure --memory 32Gi..',
    ],
  ],
  show: [
    ['a machine, and what each platform leaves of it', 'sizewright profiles show c6i.8xlarge'],
    ['one of a cloud that is named, as JSON', 'sizewright profiles show azure:Standard_D8s_v5 --format json'],
    ['what this process runs on, where that is a machine', 'sizewright profiles show host'],
  ],
  import: [
    [
      'a family as AWS has it now, for this folder',
      "aws ec2 describe-instance-types --filters Name=instance-type,Values='c6i.*' --output json | sizewright profiles import --provider aws -o profiles/aws/c6i.yaml",
    ],
    [
      'one family of those that GCP lists, to stdout',
      'gcloud compute machine-types list --format=json | sizewright profiles import --provider gcp --family n2',
    ],
    [
      'what differs from the catalogue; write nothing',
      'az vm list-sizes --location westeurope -o json | sizewright profiles import --provider azure --check',
    ],
  ],
  profiles: [
    ['which machines there are', 'sizewright profiles list --provider aws --family c6i'],
    ['those with a part of a name', 'sizewright profiles search 8xlarge'],
    ['one of them', 'sizewright profiles show c6i.8xlarge'],
  ],
} as const satisfies Record<string, Examples>;

export function profilesCommand(program: Command, io: Io, setExit: (code: number) => void): void {
  const profiles = withExamples(program.command('profiles'), EXAMPLES.profiles)
    .description('the machines that --profile takes')
    .helpCommand(false);
  withFilterOptions(
    withExamples(profiles.command('list'), EXAMPLES.list).description(
      'machines of the catalogue and of your own profiles/',
    ),
  )
    .addOption(formatOption('table', 'json'))
    .action(async (flags: FilterTexts & { format: string }) => {
      const { listCatalogue, parseFilter, rowOf } = await catalogue();
      printMachines(io, await gather(listCatalogue(io.files, parseFilter(flags))), rowOf, flags.format);
    });
  withFilterOptions(
    withExamples(profiles.command('search'), EXAMPLES.search).description('machines by a part of their name'),
  )
    .argument('<text>', 'part of a name, in any case: 8xlarge, n2-high')
    .addOption(formatOption('table', 'json'))
    .action(async (text: string, flags: FilterTexts & { format: string }) => {
      const { listCatalogue, nearestMachines, parseFilter, rowOf, searchMachines } = await catalogue();
      const machines = await gather(listCatalogue(io.files, parseFilter(flags)));
      const found = searchMachines(machines, text);
      const near = found.length > 0 ? found : nearestMachines(machines, text);
      if (near.length === 0)
        fail('PROFILE_UNKNOWN', 'search', `expected a part of a machine's name, got "${text}", which is near none`);
      if (found.length === 0) io.err(`no name contains "${text}"; the nearest:\n`);
      printMachines(io, near, rowOf, flags.format);
    });
  withExamples(profiles.command('show'), EXAMPLES.show)
    .description('one machine, and what each platform leaves of it')
    .argument('<name>', 'c6i.8xlarge, azure:Standard_D8s_v5, one of your own, or host')
    .addOption(formatOption('text', 'json'))
    .action(async (name: string, flags: { format: string }) => {
      const shown = await describe(io.files, name);
      io.out(flags.format === 'json' ? `${JSON.stringify(shown, null, 2)}\n` : textOf(shown));
    });
  importCommand(profiles, io, setExit);
}

function printMachines(
  io: Io,
  machines: readonly Machine[],
  rowOf: (machine: Machine) => MachineRow,
  format: string,
): void {
  const rows = machines.map(rowOf);
  if (format === 'json') {
    io.out(rows.length === 0 ? '[]\n' : `[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`);
    return;
  }
  const header = ['provider', 'name', 'vCPU', 'memory', 'threads/core', 'arch', 'GPUs'];
  const cells = rows.map((row, index) => [
    row.provider,
    row.name,
    vcpuText(row.vcpu, machines[index]!.cpuMillis),
    formatMiB(row.memoryMiB),
    `${row.threadsPerCore}`,
    row.architecture,
    row.gpus === 0 ? '-' : `${row.gpus}`,
  ]);
  if (rows.length > 0) io.out(columns([header, ...cells], [2, 3, 4, 6], ''));
  io.err(
    rows.length === 0
      ? 'no machine matches\n'
      : `${formatCount(rows.length)} ${rows.length === 1 ? 'machine' : 'machines'}\n`,
  );
}

/** `2 of 4` where fewer are active than are listed. */
export function vcpuText(vcpu: number, cpuMillis: number): string {
  return cpuMillis === vcpu * 1000 ? `${vcpu}` : `${formatCores(cpuMillis)} of ${vcpu}`;
}

async function describe(files: Files, name: string) {
  const { rowOf } = await catalogue();
  const { profile: machine } = await gather(loadProfile(files, name));
  if (machine.kind === 'container')
    return fail(
      'PROFILE_INVALID',
      'show',
      `expected a machine, got the container limits ${machine.name}; sizewright plan --profile ${name} shows what they give`,
    );
  const key = machine.provider === 'other' ? undefined : familyKey(name);
  const family = key === undefined ? undefined : await gather(loadFamily(files, key));
  return {
    ...rowOf(machine),
    cpuMillis: machine.cpuMillis,
    ...(machine.measured && { measured: true }),
    ...(machine.burstable && { burstable: machine.burstable }),
    ...(machine.enis && { enis: machine.enis }),
    ...(family && { family: family.family, source: family.source, file: `profiles/${key}.yaml` }),
    platforms: Object.fromEntries(
      platformNames
        .map(findPlatform)
        .filter(isMachinePlatform)
        .filter((platform) => unfitFor(platform, machine) === undefined)
        .map((platform) => [platform.name, allocatableOn(platform, machine)]),
    ),
  };
}

function allocatableOn(platform: MachinePlatform, machine: Machine): Allocatable | { unsupported: string } {
  try {
    return platform.allocatable(machine);
  } catch (error) {
    if (!(error instanceof SizewrightError)) throw error;
    return { unsupported: error.problems[0]!.message.split('\n')[0]! };
  }
}

function textOf(shown: Awaited<ReturnType<typeof describe>>): string {
  const { burstable, enis } = shown;
  const sustained =
    burstable?.baselineMillis === undefined ? 'a baseline that is not known' : formatCpu(burstable.baselineMillis);
  const facts = [
    ['vCPUs', vcpuText(shown.vcpu, shown.cpuMillis)],
    ['memory', `${formatMiB(shown.memoryMiB)} ${shown.measured ? 'measured' : 'nominal'}`],
    ['threads/core', `${shown.threadsPerCore}`],
    ['architecture', shown.architecture],
    ['GPUs', `${shown.gpus}`],
    ['burstable', burstable ? `yes, sustains ${sustained}` : 'no'],
    ...(enis ? [['ENIs', `${enis.count} on the default card, ${enis.ipv4PerEni} IPv4 addresses each`]] : []),
    ...(shown.source === undefined ? [] : [['source', `${shown.source} (${shown.file})`]]),
  ];
  const platforms = Object.entries(shown.platforms).map(([name, left]) =>
    'unsupported' in left
      ? [name, '', '', left.unsupported]
      : [
          name,
          `${formatCores(left.cpuMillis)} cores`,
          formatMiB(left.memoryMiB),
          takenText(left, name === 'ecs' ? 'tasks' : 'pods'),
        ],
  );
  return [
    `${shown.provider} ${shown.name}\n`,
    columns(facts),
    '\nwhat each platform leaves of it\n',
    columns(platforms, [1, 2]),
  ].join('');
}

/** `less guest overhead 4,916 MiB, kube-reserved 150m and 5,317 MiB; 234 pods` */
function takenText({ reservations, maxPods }: Allocatable, word: string): string {
  const taken = reservations.map(({ name, cpuMillis, memoryMiB }) =>
    [name, [cpuMillis > 0 && formatCpu(cpuMillis), memoryMiB > 0 && formatMiB(memoryMiB)].filter(Boolean).join(' and ')]
      .filter(Boolean)
      .join(' '),
  );
  return [taken.length > 0 && `less ${taken.join(', ')}`, maxPods !== undefined && `${formatCount(maxPods)} ${word}`]
    .filter(Boolean)
    .join('; ');
}

interface ImportFlags {
  provider: CloudProvider;
  family?: string;
  source?: string;
  check?: boolean;
  output?: string;
}

const SOURCES: Readonly<Record<CloudProvider, string>> = {
  aws: 'EC2 DescribeInstanceTypes',
  gcp: 'Compute Engine machine types',
  azure: 'Azure VM sizes',
};

function importCommand(profiles: Command, io: Io, setExit: (code: number) => void): void {
  withExamples(profiles.command('import'), EXAMPLES.import)
    .description("a family file from what the cloud's own tool prints as JSON; no network")
    .argument('[file]', 'its output; - is standard input', '-')
    .addOption(
      new Option('--provider <name>', 'whose output').choices(['aws', 'gcp', 'azure']).makeOptionMandatory(true),
    )
    .option('--family <name>', 'which family, where there are several: c6i')
    .option('--source <text>', 'where the numbers come from and their date, for the file')
    .option('--check', 'write nothing; print what differs from the catalogue, and exit 2 when anything does')
    .option('-o, --output <file>', 'where to write; - is stdout', outputName)
    .action(async (file: string, flags: ImportFlags) => {
      const { provider } = flags;
      const [{ listCatalogue }, { readCloudOutput }, { importFamily, selectFamily }, { differencesOf }] =
        await Promise.all([
          catalogue(),
          import('../hardware/catalogue/cloud.ts'),
          import('../files/import-machines.ts'),
          import('../hardware/catalogue/stated.ts'),
        ]);
      const text = readPrinted(io, file, 'import');
      const { machines, notes } = readCloudOutput(provider, text, file === '-' ? 'standard input' : file);
      const known = await gather(listCatalogue(io.files, { provider }));

      if (flags.check) {
        const rows = flags.family === undefined ? machines : selectFamily(machines, provider, flags.family).machines;
        const ours = new Map(known.map((machine) => [machine.name, machine]));
        const differences = rows.flatMap((stated) => differencesOf(stated, ours.get(stated.name)));
        const line = ({ name, fact, stated, ours: own }: (typeof differences)[number]) =>
          fact === 'machine'
            ? `${name}: not in the catalogue\n`
            : `${name}: ${fact}: ${stated} in the input, ${own} in the catalogue\n`;
        io.out(differences.map(line).join(''));
        io.err(`${formatCount(rows.length)} machines compared, ${formatCount(differences.length)} differences\n`);
        setExit(differences.length > 0 ? 2 : 0);
        return;
      }

      const selected = selectFamily(machines, provider, flags.family);
      const source = flags.source ?? SOURCES[provider];
      const imported = await importFamily(selected.machines, { provider, family: selected.family, source, known });
      await printTo(io, flags.output, imported.yaml);
      const leftOut =
        selected.shapeless.length > 0 ? [`left out, as names of no known shape: ${selected.shapeless.join(', ')}`] : [];
      const place = `profiles/${provider}/${selected.family}.yaml is where it is looked for`;
      io.err([...notes, ...imported.notes, ...leftOut, place].map((note) => `note: ${note}\n`).join(''));
    });
}
