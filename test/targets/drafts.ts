/** Drafts of policies whose programs take their values in every way there is, and a service of each. */
import { readdirSync, readFileSync } from 'node:fs';
import { policyFromYaml } from '../../src/files/parse.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { renderedServices } from '../../src/targets/services.ts';
import type { RenderInput } from '../../src/targets/target.ts';
import { environmentOf, flagsOf } from '../../src/targets/values.ts';
import { service, stackOf } from '../samples.ts';
import { inputWithin } from './one-service.ts';

const folder = new URL('../fixtures/policies/', import.meta.url);
export const DRAFTS = readdirSync(folder).map((file) => file.replace('.yaml', ''));

export function draft(name: string): Policy {
  return policyFromYaml(readFileSync(new URL(`${name}.yaml`, folder), 'utf8'), `${name}.yaml`).value;
}

export function draftInput(name: string, platformName = 'host', computed = false, changes: object = {}): RenderInput {
  const own = draft(name);
  const systemd = { unit: 'web.service', exec: '/usr/bin/web' };
  const web = service({ policy: name, entrypoint: ['/entry'], systemd, ...changes });
  const stack = stackOf({ services: { web } }, [own]);
  return inputWithin('2cpu-1gi', stack, own, platformName, computed);
}

/** How the program of the service is told its values, as texts. */
export function toldOf(name: string) {
  const [rendered] = renderedServices(draftInput(name));
  const { start, end } = flagsOf(rendered!);
  return {
    environment: Object.fromEntries(environmentOf(rendered!).map(({ key, text }) => [key, text])),
    start: start.flatMap(({ words }) => words),
    end: end.flatMap(({ words }) => words),
    // Comments apart.
    files: Object.fromEntries(
      rendered!.service.files.map(({ path, text }) => [
        path,
        text.split('\n').filter((line) => line !== '' && !/^\s*[#;]/.test(line)),
      ]),
    ),
  };
}
