/** `--format github` and `--format sarif`: findings, changed files and errors at their places, for a pipeline. */
import type { SizewrightError } from '../errors/errors.ts';
import { type Files, type LoadedStack, loadStack } from '../files/library.ts';
import type { FileChange } from '../files/output.ts';
import { gather } from '../gather.ts';
import type { Io } from './io.ts';
import type { Annotation } from './reports/annotation.ts';
import { plansText, type SharedFinding } from './text.ts';

export const REPORT_FORMATS = ['github', 'sarif'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export function isReportFormat(format: unknown): format is ReportFormat {
  return (REPORT_FORMATS as readonly unknown[]).includes(format);
}

export interface Reported {
  findings: readonly SharedFinding[];
  /** By name or path, or the only one: findings are shown at its lines. */
  stack: string | undefined;
  changes?: readonly FileChange[];
  /** The folder that the changes are below. */
  output?: string;
}

export async function printReport(format: ReportFormat, reported: Reported, io: Io): Promise<void> {
  const { changeAnnotation, findingAnnotation } = await import('./reports/annotation.ts');
  const { findings, changes = [], output = '' } = reported;
  const loaded = await gather(loadStack(io.files, reported.stack));
  await print(
    format,
    [
      ...findings.map(({ plans, ...finding }) => {
        const message = plans ? `${plansText(plans)}: ${finding.message}` : finding.message;
        return findingAnnotation(
          { ...finding, message },
          placeIn(loaded, [...keysOf(finding.path), 'stack'], io.files),
        );
      }),
      ...changes.flatMap((change) => changeAnnotation(change, output)),
    ],
    false,
    io,
  );
}

/**
 * What keeps a command from its work, in the same form.
 * @param stack by name or path, where the user names one
 */
export async function printRefusal(
  format: ReportFormat,
  { problems }: SizewrightError,
  stack: string | undefined,
  io: Io,
): Promise<void> {
  const { problemAnnotation } = await import('./reports/annotation.ts');
  // The stack may be what is wrong.
  const loaded = await gather(loadStack(io.files, stack)).catch(() => undefined);
  const annotations = problems.map((problem) => {
    // Behind the names of the profile and of the platform, where there are several.
    const place = loaded && placeIn(loaded, keysOf(problem.path.replace(/^(\S+: )+/, '')), io.files);
    return problemAnnotation(problem.file === undefined && place !== undefined ? { ...problem, file: place } : problem);
  });
  await print(format, annotations, true, io);
}

async function print(
  format: ReportFormat,
  annotations: readonly Annotation[],
  refused: boolean,
  io: Io,
): Promise<void> {
  const named = annotations.map((one) => (one.file === undefined ? one : { ...one, file: shownPath(one.file, io) }));
  if (format === 'github') io.data((await import('./reports/github.ts')).githubCommands(named));
  else io.out((await import('./reports/sarif.ts')).sarifLog(named, io.version?.() ?? 'unknown', refused));
}

/** Where a stack may say what a path is about. */
function keysOf(path: string): string[] {
  return [path, `services.${path.split('.')[0]}`];
}

/** Where the stack says one of the keys, if the user has that file: the package's own are in no repository. */
function placeIn({ stack, locate }: LoadedStack, keys: readonly string[], files: Files): string | undefined {
  const place = keys.map((key) => locate(`${stack.name} ${key}`)).find((found) => found !== undefined);
  const isThere = place !== undefined && files.readText(place.replace(/:\d+$/, '')) !== undefined;
  return isThere ? place : undefined;
}

/** Relative to the working directory where the file lies below it. */
function shownPath(file: string, io: Io): string {
  const [path, root] = [io.resolve(file), io.resolve('.')];
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}
