/** The SpatialVortex stack with its data on a file system without a fence, for what goes by the path of a stack. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'sizewright-unfenced-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Path of a stack file. */
export const UNFENCED_STACK = join(folder, 'stack.yaml');

const written = readFileSync(new URL('../stacks/spatialvortex/stack.yaml', import.meta.url), 'utf8');
writeFileSync(UNFENCED_STACK, written.replaceAll('volume: {', 'volume: { unfenced: may-corrupt,'));
