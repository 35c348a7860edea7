#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { run } from './cli/main.ts';
import type { ErrorCode } from './errors/codes.ts';
import { installedFiles } from './files/installed.ts';
import { readStandardInput } from './files/regular-file.ts';

let failed = false;
/** Ends with 1 and a line, not with a stack trace: nothing is wrong with the program. */
function refuse(code: ErrorCode, what: string): void {
  failed = true;
  process.exitCode = 1;
  process.stderr.write(`sizewright: ${code}\n${what}\n`);
}

// A reader that has seen enough (`2>&1 | head`) is no error, and keeps nothing from being done.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code !== 'EPIPE')
    refuse('WRITE_FAILED', `cannot write to standard output: ${code}; check the free space of what it leads to`);
});
process.stderr.on('error', ({ code }: NodeJS.ErrnoException) => {
  failed ||= code !== 'EPIPE'; // what was to be said cannot be
});

/** Nothing where it was deleted. */
function workingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

const cwd = workingDirectory();
if (cwd === undefined)
  refuse('FILE_UNREADABLE', 'cannot read the working directory: it was deleted; change to another');
else await main(cwd);

async function main(cwd: string): Promise<void> {
  const code = await run(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    env: process.env,
    files: installedFiles({ cwd }),
    resolve: (path) => resolve(cwd, path),
    version: () => JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version,
    input: readStandardInput,
    isTerminal: process.stderr.isTTY === true,
  });
  process.exitCode = failed ? 1 : code;
}
