/** Text for people: columns, and the words that several commands use. */

import type { Finding } from '../errors/errors.ts';
import type { Host } from '../hardware/host/host.ts';
import type { Decision } from '../plan/decide/decision.ts';
import { requirementText } from '../plan/decide/requirements.ts';
import type { MachinePlan, Plan, ServicePlan } from '../plan/plan.ts';
import type { PlanOptions } from '../requests/options.ts';
import { coresText, formatCount, formatMiB } from '../units.ts';

/** Columns as wide as their widest cell; those named in `right` are aligned to the right. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = [], indent = '  '): string {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, index) => Math.max(all[index] ?? 0, cell.length)),
    [],
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => (right.includes(index) ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!)))
      .join('  ');
  return rows.map((row) => `${indent}${line(row).trimEnd()}\n`).join('');
}

/** Label, value and a text that goes on below itself where it is long. */
export function paragraphs(
  rows: readonly (readonly [label: string, value: string, text: string])[],
  width = 110,
): string {
  const labels = Math.max(...rows.map(([label]) => label.length));
  const values = Math.max(...rows.map(([, value]) => value.length));
  const margin = 2 + labels + 2 + values + 2;
  return rows
    .map(([label, value, text]) => {
      const lines = [''];
      for (const word of text.split(' ')) {
        const line = lines.at(-1)!;
        if (line !== '' && margin + line.length + 1 + word.length > width) lines.push(word);
        else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
      }
      const lead = `  ${label.padEnd(labels)}  ${value.padStart(values)}  `;
      return `${lead}${lines.join(`\n${' '.repeat(margin)}`)}\n`;
    })
    .join('');
}

/** A table as Markdown. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return line(header) + line(header.map(() => '---')) + rows.map(line).join('');
}

/** `shop on machine c6i.8xlarge, platform host`, `shop in limits 4cpu-8gi, platform kubernetes` */
export function titleOf({ stack, profile, platform, machines }: Plan): string {
  const what = machines.length === 0 ? 'in limits' : machines.length === 1 ? 'on machine' : 'on machines';
  return `${stack} ${what} ${profile}, platform ${platform}`;
}

/** `32 cores, 65,536 MiB; 32 cores and 57,589 MiB of it for the stack` */
export function machineLine({ capacity, allocatable }: MachinePlan): string {
  const amount = (what: typeof capacity) => `${coresText(what.cpuMillis)}, ${formatMiB(what.memoryMiB)}`;
  return `${amount(capacity)}; ${amount(allocatable)} of it for the stack`;
}

/** `external: postgres (max_connections >= 136), redis` */
export function externalLine({ external, requirements = [] }: Plan): string {
  const named = external.map((name) => {
    const needs = requirements.filter(({ service }) => service === name).map(requirementText);
    return needs.length > 0 ? `${name} (${needs.join(', ')})` : name;
  });
  return `external: ${named.join(', ')}`;
}

export function limitsLine({ limits, requests, replicas }: ServicePlan): string {
  const cpu =
    limits.cpuMillis === undefined ? `${coresText(requests.cpuMillis)} requested` : coresText(limits.cpuMillis);
  const count =
    replicas.max === 1 ? '' : ` x ${replicas.min === replicas.max ? '' : `${replicas.min}-`}${replicas.max}`;
  return `${cpu}, ${formatMiB(limits.memoryMiB)}${count}`;
}

/** The last thing that changed a value: `budget` for one that yielded, `formula` for one that nothing touched. */
export function boundedBy(decision: Decision): string {
  return decision.trace.at(-1)!.step;
}

const WEIGHT: Record<string, number> = {
  target: 0,
  budget: 0,
  constraint: 1,
  override: 2,
  bound: 3,
  rounding: 4,
  formula: 5,
};

/** The two or three values that matter: those that something held back, then those that cost memory. */
export function notable(service: ServicePlan, count = 3): string {
  const costly = service.ledger.items.toSorted((a, b) => b.miB - a.miB).map((item) => item.parameter);
  const rank = (name: string) =>
    (costly.indexOf(name) + 1 || costly.length + 1) + 100 * WEIGHT[boundedBy(service.parameters[name]!)]!;
  return Object.keys(service.parameters)
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, count)
    .map((name) => `${name} ${formatCount(service.parameters[name]!.value)} (${boundedBy(service.parameters[name]!)})`)
    .join(', ');
}

/** One finding a line; `detailed` adds why, and where that is from. */
export function findingLines(findings: readonly (Finding | SharedFinding)[], detailed: boolean): string {
  return findings
    .map((finding) => {
      const { level, code, path, message, why, source } = finding;
      const reasons = [why, source && `see ${source}`].filter(Boolean).join('; ');
      const of = 'plans' in finding ? ` ${plansText(finding.plans!)}` : '';
      return `  ${level} ${code} ${path}${of}: ${message}\n${detailed && reasons !== '' ? `    ${reasons}\n` : ''}`;
    })
    .join('');
}

/** One note a line. */
export function noteLines(notes: readonly string[]): string {
  return notes.map((note) => `note: ${note}\n`).join('');
}

/** What profile `host` was found to be; nothing where it was not asked for. */
export function hostLines(host: Host | undefined, { free }: Pick<PlanOptions, 'free'>): string {
  if (host === undefined) return '';
  const { cpuMillis, memoryMiB, freeMiB, notes } = host;
  const counts = free ? 'what is held now is left to its holders' : '--free leaves to its holders what is held now';
  const figures = `${coresText(cpuMillis.value)} (${cpuMillis.file}), ${formatMiB(memoryMiB.value)} (${memoryMiB.file})`;
  return `host: ${figures}, ${formatMiB(freeMiB.value)} free (${freeMiB.file}); ${counts}\n${noteLines(notes)}`;
}

/** A finding of several plans. */
export interface SharedFinding extends Finding {
  /** `c6i.8xlarge/kubernetes`; absent where it is one of every plan, or of none. */
  plans?: readonly string[];
}

/** `on c6i.8xlarge/host, c6i.8xlarge/kubernetes and 4 more` */
export function plansText(plans: readonly string[]): string {
  const further = plans.length > 3 ? ` and ${plans.length - 3} more` : '';
  return `on ${plans.slice(0, 3).join(', ')}${further}`;
}

/** Each finding once, however many plans it is in. */
export function uniqueFindings(plans: readonly Plan[], further: readonly Finding[] = []): SharedFinding[] {
  const keyOf = ({ code, path, message }: Finding) => `${code} ${path} ${message}`;
  const all = [...plans.flatMap((plan) => plan.findings), ...further];
  return [...new Map(all.map((finding) => [keyOf(finding), finding])).values()].map((finding) => {
    const holders = plans.filter((plan) => plan.findings.some((other) => keyOf(other) === keyOf(finding)));
    if (holders.length === 0 || holders.length === plans.length) return finding;
    return { ...finding, plans: holders.map(({ profile, platform }) => `${profile}/${platform}`) };
  });
}

/** One input of a policy: `workerMiB 180 MiB (--with)`. */
export function inputText([name, { value, unit, by }]: [string, NonNullable<ServicePlan['inputs']>[string]]): string {
  return `${name} ${value}${unit === 'choice' ? '' : ` ${unit}`} (${by})`;
}
