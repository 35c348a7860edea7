import type { Command } from 'commander';
import type { FilterTexts } from '../catalogue/machines.ts';
import { fail } from '../errors.ts';
import type { Fit, FitResult } from '../fit.ts';
import { whenLoaded } from '../late.ts';
import { machinePlatform } from '../platform/index.ts';
import type { PlanOptions } from '../request.ts';
import { loadPlatform } from '../sources/library.ts';
import { formatCount, formatCpu, formatMiB, parseInteger } from '../units.ts';
import type { Io } from './io.ts';
import { formatOption, planOptionsOf, platformOption, type StackFlags, withStackOptions } from './options.ts';
import { vcpuText, withFilterOptions } from './profiles.ts';
import { columns, findingLines } from './text.ts';

export function stackOptionsOf(flags: StackFlags, io: Io): PlanOptions {
  // The filters of the same names are no container limits.
  return planOptionsOf({ ...flags, profile: [], cpu: undefined, memory: undefined, available: undefined }, io);
}

export function fitCommand(program: Command, io: Io, setExit: (code: number) => void): void {
  const command = program
    .command('fit')
    .description('which machines hold a stack with no value yielding, smallest first');
  withFilterOptions(withStackOptions(command).addOption(platformOption(false)))
    .option('--limit <n>', 'how many to print', '10')
    .addOption(formatOption('table', 'json'))
    .action(async (flags: StackFlags & FilterTexts & { platform: string; limit: string; format: string }) => {
      const platform = machinePlatform(await whenLoaded(() => loadPlatform(io.files, flags.platform)));
      const limit = parseInteger(flags.limit, '--limit');
      if (limit < 1) fail('USAGE', '--limit', `expected at least 1, got ${limit}`);
      const [{ listCatalogue, parseFilter }, { findFits }, { resolveRequests }] = await Promise.all([
        import('../catalogue/machines.ts'),
        import('../fit.ts'),
        import('../request.ts'),
      ]);
      const asked = parseFilter(flags);
      const { cloud = asked.provider } = platform;
      if (asked.provider !== undefined && asked.provider !== cloud)
        fail('USAGE', '--provider', `expected ${cloud}, whose machines ${platform.name} has, got ${asked.provider}`);
      const filter = { ...asked, provider: cloud };
      const machines = await whenLoaded(() => listCatalogue(io.files, filter));
      if (machines.length === 0)
        fail('PROFILE_UNKNOWN', 'fit', 'expected machines to look at, got filters that none of the catalogue passes');
      const requests = await whenLoaded(() => resolveRequests({ ...stackOptionsOf(flags, io), machines }, io.files));
      const result = findFits(requests, platform);
      const shown = result.fits.slice(0, limit);
      if (flags.format === 'json') io.out(`${JSON.stringify(shown, null, 2)}\n`);
      else if (shown.length > 0) io.out(table(shown, requests[0]!.stack.name, platform.name, result));
      if (result.finding) {
        io.err(findingLines([result.finding], true));
        setExit(1);
      }
    });
}

function table(shown: readonly Fit[], stack: string, platform: string, { fits, tried }: FitResult): string {
  const services = Object.keys(shown[0]!.services);
  const header = ['provider', 'machine', 'vCPU', 'memory', 'arch', 'for the stack', 'left over', ...services];
  const rows = shown.map((fit) => [
    fit.provider,
    fit.name,
    vcpuText(fit.vcpu, fit.cpuMillis),
    formatMiB(fit.memoryMiB),
    fit.architecture,
    formatMiB(fit.allocatable.memoryMiB),
    `${formatMiB(fit.left.memoryMiB)}${fit.left.cpuMillis > 0 ? `, ${formatCpu(fit.left.cpuMillis)}` : ''}`,
    ...services.map((service) => formatCount(fit.services[service]!.freeMiB)),
  ]);
  const right = [2, 3, 5, 6, ...services.map((_, index) => 7 + index)];
  return [
    `${stack} on ${platform}: ${formatCount(fits.length)} of ${formatCount(tried)} machines hold it with no value yielding, `,
    `by CPU, then memory; the first ${formatCount(shown.length)}\n`,
    columns([header, ...rows], right),
    `  left over: of the memory for the stack, with each service's own part of it in MiB\n`,
  ].join('');
}
