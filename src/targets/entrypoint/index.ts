/** The entry point of a service as files and commands have it. */
import { startedWords } from '../container.ts';
import type { RenderedService } from '../rendered.ts';
import type { Artifact, RenderInput } from '../target.ts';
import { entrypointScript } from './script.ts';

/** Where it lies in a container: nothing that an image brings does. */
export const ENTRYPOINT_FOLDER = '/etc/sizewright';
export const ENTRYPOINT_FILE = 'entrypoint.sh';
export const ENTRYPOINT_PATH = `${ENTRYPOINT_FOLDER}/${ENTRYPOINT_FILE}`;

/** `api/entrypoint.sh`, to be mounted, or dropped into any image; nothing where the files carry the values. */
export function entrypointFiles(input: RenderInput, rendered: RenderedService): Artifact[] {
  if (rendered.held === undefined) return [];
  const path = `${rendered.service.name}/${ENTRYPOINT_FILE}`;
  return [{ path, contents: entrypointScript(input, rendered), executable: true }];
}

/**
 * What the entry point becomes: the image's own entry point, then the program of a policy that has one.
 * @throws OUTPUT_INVALID where only the image knows
 */
export function programWords(rendered: RenderedService): string[] {
  return startedWords(rendered, 'the values are computed before it starts');
}
