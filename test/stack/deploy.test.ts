/** What a stack says of the deployment of its services, and stacks that say nothing of it. */
import { describe, expect, it } from 'vitest';
import { synthesize } from '../../src/synth.ts';
import { packageFiles, runCommand } from '../commands.ts';
import { DEMO_POLICY, DEMO_STACK, policyOf, problemsOf, replaceOnce, service, stackOf } from '../samples.ts';

const SIZED = `stack: shop
services:
  web: { policy: demo, share: 3, replicas: 2 }
`;
const WORKER = `stack: shop
services:
  web:
    policy: demo
    deploy:
      image: demo/web:1
      user: { uid: 1000, gid: 1000 }
      probes: { liveness: { exec: [/check] } }
`;
const PLACE = ['--stack', 'my/stack.yaml', '--profile', '4cpu-8gi'];
const MACHINE = ['--stack', 'my/stack.yaml', '--profile', 'c6i.8xlarge'];
const run = (stack: string, ...argv: string[]) =>
  runCommand(argv, { files: packageFiles({ 'my/stack.yaml': stack, 'my/policies/demo.yaml': DEMO_POLICY }) });

describe('a stack that is only sized', () => {
  it.each([
    ['plan', ...PLACE],
    ['explain', ...PLACE, 'web.WORKERS'],
    ['compare', ...PLACE],
    ['fit', '--stack', 'my/stack.yaml', '--limit', '1'],
    ['sweep', '--stack', 'my/stack.yaml', '--family', 'c6i', '--param', 'web.WORKERS'],
    ['diff', ...PLACE, '--target', 'env'],
    ['diff', ...PLACE, '--target', 'monitoring'],
    ['diff', ...PLACE, '--target', 'terraform-module'],
  ])('is enough for %s', async (command, ...argv) => {
    const { exit, err } = await run(SIZED, command!, ...argv);
    expect([exit, err]).toEqual(
      command === 'diff' ? [2, expect.stringMatching(/^\d of \d files would change\n$/)] : [0, ''],
    );
  });

  it.each(['docker', 'compose'])('is not enough for %s, which says what it needs', async (target) => {
    expect(await run(SIZED, 'synth', ...PLACE, '--target', target)).toMatchObject({
      exit: 1,
      err: `sizewright: TARGET_UNSUPPORTED
services.web.deploy: expected image and how it runs, which target ${target} needs, got none; add it: deploy: { image: <image>, ports: { http: 8080 }, user: { uid: 1000, gid: 1000 } }
`,
    });
  });

  it.each(['kubernetes', 'kustomize', 'helm', 'terraform', 'ecs'])('nor for %s', async (target) => {
    const { exit, err } = await run(SIZED, 'synth', ...MACHINE, '--target', target);
    expect([exit, err]).toEqual([1, expect.stringContaining(`which target ${target} needs, got none`)]);
  });

  it('names every service without it, and no external one', async () => {
    const stack = `${SIZED}  worker: { policy: demo }\n  db: { policy: demo }\nmain: web\n`;
    const { err } = await run(stack, 'synth', ...PLACE, '--target', 'compose', '--external', 'db');
    expect(err.match(/^services\.\w+/gm)).toEqual(['services.web', 'services.worker']);
  });

  it('has no findings of a deployment', async () => {
    const keeps = `${DEMO_POLICY}disk: { formula: 100, basis: assumed, why: made up }\n`;
    const files = packageFiles({ 'my/stack.yaml': SIZED, 'my/policies/demo.yaml': keeps });
    const { out } = await runCommand(['plan', ...PLACE], { files });
    expect(out).not.toContain('VOLUME_MISSING');
  });
});

describe('main', () => {
  it('is the only service unless stated', () => {
    expect(stackOf({ main: undefined, services: { job: service() } }).main).toBe('job');
  });

  it('is to be stated of several', () => {
    const services = { web: service(), job: service() };
    expect(problemsOf(() => stackOf({ main: undefined, services }))).toEqual([
      "STACK_INVALID main: expected one of the stack's services (web, job), got none; add main: web, or the one that container limits and --available are meant for",
    ]);
  });
});

describe('a service without a port', () => {
  const portless = (changes: object = {}) => service({ ports: undefined, ...changes });

  it.each(['docker', 'compose', 'env'])('publishes nothing: %s', async (target) => {
    const { exit, out } = await run(WORKER, 'diff', ...PLACE, '--target', target);
    expect(exit).toBe(2);
    expect(out).not.toMatch(/PUBLISH_PORT|EXPOSE|ports:|undefined/);
  });

  it.each(['kubernetes', 'helm', 'terraform'])('has no Service and opens no port: %s', async (target) => {
    const { exit, out } = await run(WORKER, 'diff', ...MACHINE, '--target', target);
    expect(exit).toBe(2);
    expect(out).not.toMatch(/kind: "?Service"?$|[^S]ports:|^\+ *ingress:|undefined/m);
    expect(out).not.toMatch(/kubernetes_service_v1"/);
  });

  it('is called by nobody on ECS, and maps no port', async () => {
    const { out } = await run(WORKER, 'diff', ...MACHINE, '--target', 'ecs');
    expect(out).toContain('"portMappings": []');
    expect(out).toMatch(/that\s+\+? *lets in nothing, and\s/);
    expect(out).not.toContain('TARGET_GROUP_ARN');
  });

  it('is none for Cloud Run', async () => {
    const { exit, err } = await run(WORKER, 'synth', ...PLACE, '--target', 'cloud-run');
    expect([exit, err]).toEqual([
      1,
      'sizewright: TARGET_UNSUPPORTED\ncloud-run: expected one port, because Cloud Run routes to one, got 0 of web\n',
    ]);
  });

  it('is asked by no path', () => {
    const web = portless({ probes: { readiness: { http: '/up' } } });
    expect(problemsOf(() => stackOf({ services: { web } }))).toEqual([
      'STACK_INVALID services.web.deploy.probes.readiness.http: expected a command (exec), because the service has no port to ask for a path on, got /up; add ports, such as { http: 8080 }',
    ]);
  });

  it('is connected to by nobody', () => {
    const services = { web: service({ connectsTo: ['job'] }), job: portless() };
    expect(problemsOf(() => stackOf({ services }))).toEqual([
      'STACK_INVALID services.web.connectsTo.0: expected a service with a port to connect to, got job, which has none; add services.job.deploy.ports, such as { http: 8080 }',
    ]);
    const sized = { web: { policy: 'demo', connectsTo: ['job'] }, job: { policy: 'demo' } };
    expect(problemsOf(() => stackOf({ services: sized }))).toEqual([]);
  });
});

describe('a service without a user', () => {
  const unnamed = replaceOnce(WORKER, '      user: { uid: 1000, gid: 1000 }\n', '');

  it.each(['docker', 'compose'])('is refused by %s', async (target) => {
    const { exit, err } = await run(unnamed, 'synth', ...PLACE, '--target', target);
    expect([exit, err]).toEqual([
      1,
      `sizewright: TARGET_UNSUPPORTED\nservices.web.deploy.user: expected whom the program runs as, which target ${target} needs, got none; add it: user: { uid: 1000, gid: 1000 }\n`,
    ]);
  });

  it('has an environment file all the same, and runs on Cloud Run as its image says', async () => {
    expect(await run(unnamed, 'diff', ...PLACE, '--target', 'env')).toMatchObject({ exit: 2 });
    const stack = `${unnamed}      ports: { http: 8080 }\n`;
    const { out } = await run(stack, 'diff', ...PLACE, '--target', 'cloud-run');
    expect(out).toContain("It runs as its image's USER, which has to be other than root: Cloud Run takes none here.");
  });

  it('runs by no unit of our own as root', async () => {
    const stack = `${unnamed}      systemd: { unit: web.service, exec: /usr/bin/web }\n`;
    const { err } = await run(stack, 'synth', ...PLACE, '--target', 'env');
    expect(err).toContain('services.web.deploy.user: expected whom the program runs as, which target env needs');
  });
});

describe('what stands at the wrong place', () => {
  it.each([
    ['      replicas: 3\n', 'got "replicas"; it stands beside deploy, not in it'],
    ['      atLeast: { memory: 1Gi }\n', 'got "atLeast"; it stands beside deploy, not in it'],
  ])('%s is told apart', async (line, says) => {
    const { err } = await run(`${WORKER}${line}`, 'plan', ...PLACE);
    expect(err).toContain(says);
  });
});

describe('the form of the version before', () => {
  const OLD = `stack: shop
main: web
namespace: my-shop
services:
  web:
    policy: demo
    image: shop/web:1
    share: 3
    ports: { http: 8080 }
    user: { uid: 1000, gid: 1000 }
    files: [{ path: /etc/a, text: "a\\nb", why: made up }]
  worker: { policy: demo, image: shop/worker:1, deploy: { user: { uid: 1000, gid: 1000 } } }
`;

  const old = DEMO_STACK.replaceAll('    deploy:\n', '').replaceAll('      ', '    ');

  it('is read, with what to move where', async () => {
    const { exit, out } = await run(OLD, 'plan', ...PLACE);
    expect(exit).toBe(0);
    expect(out.slice(out.indexOf('findings\n'))).toBe(`findings
  warning STACK_FORM_OLD services.web: the next version takes what only deploy files need under deploy alone; move there namespace of the stack itself; image, ports, files, user of web; image of worker. web becomes:
    services:
      web:
        policy: demo
        share: 3
        deploy:
          image: shop/web:1
          ports: { http: 8080 }
          files: … # as it is
          user: { uid: 1000, gid: 1000 }
`);
  });

  it('makes the same plan and files as the new one, but for the finding', async () => {
    const made = async (stack: string) => {
      const files = packageFiles({ 'my/stack.yaml': stack, 'my/policies/demo.yaml': DEMO_POLICY });
      const options = { stack: 'my/stack.yaml', profiles: ['4cpu-8gi'], targets: ['compose', 'docker', 'env'] };
      const { plans, folders } = await synthesize(options, files);
      return { plan: plans[0]!, folders: folders.slice(1) };
    };
    const [before, after] = [await made(old), await made(DEMO_STACK)];
    expect(before.plan.findings.map(({ code }) => code)).toEqual(['STACK_FORM_OLD']);
    expect({ ...before.plan, findings: [] }).toEqual(after.plan);
    expect(before.folders).toEqual(after.folders);
    expect(after.folders).toHaveLength(3);
  });

  it('says where a value is wrong, at its line', async () => {
    const { err } = await run(replaceOnce(OLD, '{ http: 8080 }', '{ http: 0 }'), 'plan', ...PLACE);
    expect(err).toContain('my/stack.yaml:9: services.web.deploy.ports.http: expected at least 1, got 0');
  });

  it('is refused where a field is in both places', async () => {
    const stack = `${replaceOnce(OLD, 'deploy: { user', 'deploy: { image: b, user')}deploy: { namespace: other }\n`;
    expect((await run(stack, 'plan', ...PLACE)).err).toBe(`sizewright: STACK_INVALID
my/stack.yaml:3: namespace: expected namespace once, under deploy, got it beside deploy too; take it out here
my/stack.yaml:12: services.worker.image: expected image once, under deploy, got it beside deploy too; take it out here
`);
  });

  it.each([
    ['deploy: 3', 'my/stack.yaml:4: services.web.deploy: expected a map, got 3'],
    ['deploy: [image]', 'my/stack.yaml:4: services.web.deploy: expected a map, got ["image"]'],
    ['deploy: {}', 'my/stack.yaml:4: services.web.deploy.image: expected string, got nothing; add image'],
    ['ports: 80', 'my/stack.yaml:4: services.web.deploy.ports: expected ports by name, such as { http: 8080 }, got 80'],
    ['toString: 3', 'my/stack.yaml:4: services.web.toString: expected a known key, got "toString"'],
  ])('of %s is no other one', async (field, says) => {
    const stack = `stack: shop\nservices:\n  web:\n    ${field}\n    policy: demo\n`;
    expect((await run(stack, 'plan', ...PLACE)).err).toContain(says);
  });

  it.each(['services: []\nimage: x\n', 'services:\n', 'services: { web: 3 }\n', '- image: x\n', ''])(
    'of %j is none',
    async (text) => {
      const { exit, err } = await run(text, 'plan', ...PLACE);
      expect([exit, err]).toEqual([1, expect.stringContaining('STACK_INVALID')]);
    },
  );
});

it('is plain data without it', () => {
  const web = { policy: 'demo' };
  expect(stackOf({ services: { web } }, [policyOf()]).services[0]!.deploy).toBeUndefined();
});
