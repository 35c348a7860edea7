/** What a running kernel grants, as it was read. */

/** The contents of one of the kernel's files; undefined when it is missing or may not be read. Injected. */
export type Read = (path: string) => string | undefined;

/** Takes down what could not be read. */
export type Note = (text: string) => void;

/** One figure, the file that it is from, and what is written there. */
export interface Figure {
  value: number;
  file: string;
  says: string;
}

/** Plain data. */
export interface Host {
  /** The least of quotas and CPUs, rounded down, at least 1. */
  cpuMillis: Figure;
  /** The least of limits and the machine's memory, rounded down. */
  memoryMiB: Figure;
  /** The part of `memoryMiB` that nobody holds at this moment. Swap is not counted. */
  freeMiB: Figure;
  /** Whether a cgroup limits the memory: the inside of a container, but not of one that an operating system runs in. */
  limited: boolean;
  architecture: 'amd64' | 'arm64';
  threadsPerCore: number;
  /** What could not be read, and what is therefore not known. */
  notes: string[];
}

/** The least of figures; of equal ones the first; undefined where there is none. */
export function least(figures: readonly Figure[]): Figure | undefined {
  return figures.reduce<Figure | undefined>(
    (found, figure) => (found === undefined || figure.value < found.value ? figure : found),
    undefined,
  );
}

/** What was read, for a note. */
export function shown(text: string | undefined): string {
  return text === undefined ? 'nothing' : `"${text.slice(0, 40)}"`;
}
