#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { run } from './cli/main.ts';
import { installedFiles } from './installed.ts';

// A reader that has seen enough (`2>&1 | head`) is no error, and keeps nothing from being done.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  env: process.env,
  files: installedFiles(),
  resolve: (path) => resolve(path),
  version: () => JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version,
  input: () => readFileSync(0, 'utf8'),
  isTerminal: process.stderr.isTTY === true,
});
