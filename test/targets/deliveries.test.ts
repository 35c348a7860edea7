/**
 * Every target with every way in which values, settings and secrets can reach a program: the files are rendered and read
 * back, or the stack is refused by the name of what it lacks. Anything else, a TypeError say, fails.
 */
import { describe, expect, it } from 'vitest';
import { SizewrightError } from '../../src/errors/errors.ts';
import { targets } from '../../src/targets/index.ts';
import { checkHeld, checkObserved } from '../../src/targets/read-back.ts';
import type { Artifact, LoadedTarget, Observed, RenderInput } from '../../src/targets/target.ts';
import { cost, policyOf, service, stackOf } from '../samples.ts';
import { inputWithin } from './one-service.ts';

const program = { as: 'settings', program: ['demo'], flags: ['--{key}', '{value}'] };
const section = { name: 'demo.cnf', line: '{key} = {value}', extra: ['[demo]'] };
const DELIVERIES: Record<string, object> = {
  environment: { as: 'env' },
  flags: program,
  'flags and a file': { ...program, file: section },
  'flags and a file that is named': { ...program, file: { ...section, arguments: ['--defaults-file={path}'] } },
};
const SECRETS: Record<string, object> = {
  'no secret': {},
  'a secret': { TOKEN: { does: 'opens', example: 'x' } },
  'a secret as a flag': { TOKEN: { does: 'opens', example: 'x', flag: '--token' } },
};
const ENTRYPOINTS: Record<string, object> = {
  'its entry point unknown': {},
  'no entry point': { entrypoint: [] },
  'an entry point': { entrypoint: ['/entry', 'word'] },
  'a shell': { entrypoint: ['/bin/sh', '-euc', 'exec "$0" "$@"'] },
};
const UNITS: Record<string, object> = {
  'no unit': {},
  "a distribution's unit": { systemd: { unit: 'demo.service' } },
  'its own unit': { systemd: { unit: 'demo.service', exec: '/usr/bin/demo' } },
};
const FILES: Record<string, object> = {
  'no file': {},
  'a file': { files: [{ path: '/etc/demo/a.sh', text: "# it's {{ $x }}\n$HOME\n", why: 'made up' }] },
};
const PARAMETERS: Record<string, object> = {
  'a parameter': {},
  'no parameter': { parameters: {}, memory: { headroom: cost(0), reserve: cost(0) } },
};
const PLATFORMS = {
  host: 'host',
  node: 'kubernetes',
  ecs: 'ecs',
  fargate: 'fargate',
  'cloud-run': 'cloud-run',
} as const;

const cases = Object.keys(DELIVERIES).flatMap((delivery) =>
  Object.keys(SECRETS).flatMap((secret) =>
    Object.keys(ENTRYPOINTS).flatMap((entrypoint) =>
      Object.keys(UNITS).flatMap((unit) =>
        Object.keys(FILES).flatMap((file) =>
          Object.keys(PARAMETERS).map((values) => ({ delivery, secret, entrypoint, unit, file, values })),
        ),
      ),
    ),
  ),
);

function inputOf(one: (typeof cases)[number], platformName: string, computed: boolean): RenderInput {
  const policy = policyOf({
    deliver: DELIVERIES[one.delivery],
    secrets: SECRETS[one.secret],
    settings: { mode: { value: 'fast', why: 'made up' } },
    ...PARAMETERS[one.values],
  });
  const web = service({ ...ENTRYPOINTS[one.entrypoint], ...UNITS[one.unit], ...FILES[one.file] });
  const stack = stackOf({ services: { web } }, [policy]);
  return inputWithin('2cpu-4gi', stack, policy, platformName, computed);
}

function rendered(target: LoadedTarget, input: RenderInput): { artifacts: readonly Artifact[]; observed: Observed } {
  if (target.scope === 'plan') {
    const artifacts = target.render(input);
    return { artifacts, observed: target.read(artifacts, input) };
  }
  const artifacts = target.render([input]);
  return { artifacts, observed: target.read(artifacts, [input])[0]! };
}

const loaded = await Promise.all(targets.map((target) => target.load()));

describe.each(loaded)('$name', (target) => {
  const platforms = target.platforms.map((kind) => PLATFORMS[kind as keyof typeof PLATFORMS]);

  it.each(
    platforms.flatMap((platform) =>
      [false, ...(target.computesAtStart ? [true] : [])].map((auto) => ({ platform, auto })),
    ),
  )(
    'on $platform, computed at start: $auto',
    ({ platform, auto }) => {
      for (const one of cases) {
        try {
          const input = inputOf(one, platform, auto);
          const { artifacts, observed } = rendered(target, input);
          expect(typeof target.stream(artifacts)).toBe('string');
          const check = auto
            ? checkHeld(input, observed, target.name)
            : checkObserved(input.plan, observed, target.name);
          expect([one, check.filter(({ level }) => level === 'error')]).toEqual([one, []]);
        } catch (error) {
          if (!(error instanceof SizewrightError)) throw new Error(JSON.stringify(one), { cause: error });
          // What only the image knows has to be said; nothing else of these is refused.
          for (const { code, path } of error.problems)
            expect([one, code, path]).toEqual([one, 'OUTPUT_INVALID', 'services.web.deploy.entrypoint']);
          expect(['its entry point unknown', 'no entry point']).toContain(one.entrypoint);
        }
      }
    },
    60_000,
  );
});
