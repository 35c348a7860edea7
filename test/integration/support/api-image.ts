/** The API's image: the generated Dockerfile applied to a small Rust program in place of the real one. */
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { temporaryFolder } from './generated.ts';
import { buildImage } from './images.ts';

const FIXTURE = join(import.meta.dirname, '..', 'fixtures', 'api_server');

/** Builds it on local base images and gives it the tag that the generated files name. */
export async function buildApiImage(dockerFolder: string, tag: string): Promise<void> {
  const context = temporaryFolder();
  cpSync(FIXTURE, context, { recursive: true });
  for (const file of readdirSync(dockerFolder)) cpSync(join(dockerFolder, file), join(context, file));
  const { rust, runtime } = inject('images');
  await buildImage({ tag, folder: context, args: { BUILD_IMAGE: rust, RUNTIME_IMAGE: runtime } }, inject('docker'));
}
