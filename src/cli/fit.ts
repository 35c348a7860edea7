import type { Command } from 'commander';
import { fail } from '../errors/errors.ts';
import { loadPlatform } from '../files/library.ts';
import type { FilterTexts } from '../files/machines.ts';
import { gather } from '../gather.ts';
import type { Prices } from '../hardware/catalogue/prices.ts';
import { machinePlatform } from '../platforms/index.ts';
import type { Fit, FitResult } from '../requests/fit.ts';
import { formatCount, formatCpu, formatMiB, parseInteger } from '../units.ts';
import type { Io } from './io.ts';
import {
  type Examples,
  formatOption,
  planOptionsOf,
  platformOption,
  type SharedFlags,
  withExamples,
  withStackOptions,
} from './options.ts';
import { vcpuText, withFilterOptions } from './profiles.ts';
import { columns, findingLines } from './text.ts';

interface FitFlags {
  platform: string;
  limit: string;
  cut: string;
  prices?: string;
  region?: string;
  format: string;
}

const EXAMPLES: Examples = [
  ['the smallest machines that hold the default stack', 'sizewright fit'],
  [
    'nodes of EKS with ARM processors, none of the values cut back',
    'sizewright fit --platform eks --arch arm64 --cut 0',
  ],
  ['the cheapest by a list of your own: name,price', 'sizewright fit --provider aws --prices prices.csv --limit 3'],
];

export function fitCommand(program: Command, io: Io, setExit: (code: number) => void): void {
  const command = withExamples(program.command('fit'), EXAMPLES).description(
    'list the smallest machines that hold the stack; with --prices the cheapest',
  );
  withFilterOptions(withStackOptions(command).addOption(platformOption(false)))
    .option('--limit <n>', 'how many to print', '10')
    .option(
      '--cut <percent>',
      'how far the memory budget may cut a value back, as a percentage of what its formula asks',
      `${CUT_PERCENT}`,
    )
    .option(
      '--prices <file>',
      "sort by price an hour: AWS' price list (CSV or JSON), Azure's retail prices, GCP's SKUs, or a CSV with name,price",
    )
    .option('--region <name>', 'region to take from a price list that has several: us-east-1')
    .addOption(formatOption('table', 'json'))
    .action(async (flags: SharedFlags & FilterTexts & FitFlags) => {
      const platform = machinePlatform(await gather(loadPlatform(io.files, flags.platform)));
      const limit = parseInteger(flags.limit, '--limit');
      if (limit < 1) fail('USAGE', '--limit', `expected at least 1, got ${limit}`);
      const cutPercent = parseInteger(flags.cut, '--cut');
      if (cutPercent > 100) fail('USAGE', '--cut', `expected 0 to 100, got ${cutPercent}`);
      const [{ listCatalogue, parseFilter }, { findFits }, { resolveRequests }] = await Promise.all([
        import('../files/machines.ts'),
        import('../requests/fit.ts'),
        import('../requests/request.ts'),
      ]);
      const asked = parseFilter(flags);
      const { cloud = asked.provider } = platform;
      if (asked.provider !== undefined && asked.provider !== cloud)
        fail('USAGE', '--provider', `expected ${cloud}, whose machines ${platform.name} has, got ${asked.provider}`);
      const filter = { ...asked, provider: cloud };
      const machines = await gather(listCatalogue(io.files, filter));
      if (machines.length === 0)
        fail('PROFILE_UNKNOWN', 'fit', 'expected machines to look at, got filters that none of the catalogue passes');
      const requests = await gather(resolveRequests({ ...planOptionsOf(flags, io, 'stack'), machines }, io.files));
      const prices = flags.prices === undefined ? undefined : await loadPrices(io, flags.prices, flags.region);
      const result = findFits(requests, platform, { cutPercent, ...(prices && { prices }) });
      const shown = result.fits.slice(0, limit);
      if (flags.format === 'json') io.out(`${JSON.stringify(shown, null, 2)}\n`);
      else if (shown.length > 0) io.out(table(shown, requests[0]!.stack.name, platform.name, result));
      if (result.finding) {
        io.err(findingLines([result.finding], true));
        setExit(1);
      }
    });
}

/** As `findFits` has it; stated here, so that help loads no planner. */
const CUT_PERCENT = 75;

async function loadPrices(io: Io, file: string, region: string | undefined): Promise<Prices> {
  const { readPrices } = await import('../hardware/catalogue/prices.ts');
  const chunks = io.files.readChunks?.(file) ?? oneChunk(io.files.readText(file));
  if (chunks === undefined) return fail('FILE_UNREADABLE', '--prices', `cannot read ${file}: no such file`);
  return readPrices(chunks, region, file);
}

function oneChunk(text: string | undefined): Iterable<string> | undefined {
  return text === undefined ? undefined : [text];
}

function table(shown: readonly Fit[], stack: string, platform: string, { fits, tried }: FitResult): string {
  const services = Object.keys(shown[0]!.services);
  const priced = fits.some(({ priceNanos }) => priceNanos !== undefined);
  const cut = shown.some(({ cutBack }) => Object.keys(cutBack).length > 0);
  const price = ({ priceNanos }: Fit) => (priceNanos === undefined ? 'not listed' : (priceNanos / 1e9).toFixed(4));
  const header = [
    'provider',
    'machine',
    'vCPU',
    'memory',
    'arch',
    ...(priced ? ['price an hour'] : []),
    'for the stack',
    'left over',
    ...services,
    ...(cut ? ['cut back'] : []),
  ];
  const rows = shown.map((fit) => [
    fit.provider,
    fit.name,
    vcpuText(fit.vcpu, fit.cpuMillis),
    formatMiB(fit.memoryMiB),
    fit.architecture,
    ...(priced ? [price(fit)] : []),
    formatMiB(fit.allocatable.memoryMiB),
    `${formatMiB(fit.left.memoryMiB)}${fit.left.cpuMillis > 0 ? `, ${formatCpu(fit.left.cpuMillis)}` : ''}`,
    ...services.map((service) => formatCount(fit.services[service]!.freeMiB)),
    ...(cut ? [cutText(fit.cutBack)] : []),
  ]);
  const right = header.flatMap((name, index) => (/^(provider|machine|arch|cut back)$/.test(name) ? [] : [index]));
  const order = priced ? 'by price' : 'general purpose first, then by size';
  return [
    `${stack} on ${platform}: ${formatCount(fits.length)} of ${formatCount(tried)} machines hold it, ${order}; `,
    `the first ${formatCount(shown.length)}\n`,
    columns([header, ...rows], right),
    `  left over: of the memory for the stack, with each service's own part of it in MiB\n`,
  ].join('');
}

/** `postgres.work_mem 4,096 of 16,384` */
function cutText(cutBack: Fit['cutBack']): string {
  return Object.entries(cutBack)
    .map(([name, { asked, value }]) => `${name} ${formatCount(value)} of ${formatCount(asked)}`)
    .join(', ');
}
