/** Commands run in memory, and what nothing that they print may have. */
import { expect } from 'vitest';
import { run } from '../../src/cli/main.ts';
import type { Files } from '../../src/files/library.ts';
import { packageFiles } from '../commands.ts';

/** Paints, ends its line, gives a pipeline an order and turns the direction of writing. */
export const FORGED = 'x\u001b[31m\n::error::forged\r##[error]x\u202e\u0085';

export interface Printed {
  exit: number;
  out: string;
  err: string;
}

/** What a command prints. @throws what it throws, which is a stack trace in a process */
export async function ran(argv: readonly string[], files: Files, input = ''): Promise<Printed> {
  const printed = { out: '', err: '' };
  const exit = await run(argv, {
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
    env: { api_x: '1', ONNX_POOL_SIZE: '\u001b[2J', ACTIX_WORKERS_MAX: '99999999999999999999' },
    files,
    resolve: (path) => `/nowhere/${path}`,
    input: () => input,
  });
  expect([0, 1, 2, 64]).toContain(exit);
  if (exit === 1 || exit === 64) expect(printed.out + printed.err).toMatch(/\S/);
  return { exit, ...printed };
}

/** With the package's own files beside a user's. */
export function ranBeside(user: Readonly<Record<string, string>>, argv: readonly string[], input?: string) {
  return ran(argv, packageFiles(user), input);
}

/** No control character, no mark of direction, and no line that a pipeline takes for a command. */
export function expectPrintable({ out, err }: Printed, github = false): void {
  const printed = out + err;
  expect(printed).not.toMatch(/[^\n\t\P{Cc}]|[\u202a-\u202e\u2066-\u2069\u2028\u2029]|\p{Cs}/u);
  for (const line of printed.split('\n')) {
    expect(line).not.toMatch(/##\w*\[/);
    if (!github) expect(line).not.toMatch(/^\s*::/);
    else if (/^\s*::/.test(line)) expect(line).toMatch(/^::(error|warning|notice) [^\n]*title=[A-Z_]+::/);
  }
}
