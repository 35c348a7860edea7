/** Starts the engine and makes the images before the first test file; the test files get both by `inject`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type DockerEnvironment, startDocker } from './docker.ts';
import { type Images, makeImages } from './images.ts';

declare module 'vitest' {
  interface ProvidedContext {
    docker: DockerEnvironment;
    images: Images;
    /** A folder for what the tests write. */
    scratch: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const scratch = mkdtempSync(join(tmpdir(), 'sizewright-'));
  const engine = await startDocker(scratch);
  const teardown = async () => {
    await engine.stop();
    rmSync(scratch, { recursive: true, force: true });
  };
  try {
    project.provide('scratch', scratch);
    project.provide('docker', engine.environment);
    project.provide('images', await makeImages(engine.environment));
  } catch (error) {
    await teardown();
    throw error;
  }
  return teardown;
}
