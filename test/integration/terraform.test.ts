/**
 * Real Terraform and OpenTofu take the terraform target's file. What is real: both programs, and the Kubernetes
 * provider's schema, against which they check every argument, block, type and count. What stands in: a provider that
 * keeps what is applied, and reaches no cluster. With the real provider and a real API server: `npm run test:providers`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { type Generated, synth } from './support/generated.ts';
import { kustomize } from './support/kubernetes.ts';
import { providerMirror, type WithProvider } from './support/terraform.ts';
import { buildTool, findTerraform } from './support/tools.ts';

const PROGRAMS = { Terraform: async () => findTerraform(), OpenTofu: () => buildTool('tofu') };
const CASES: { desc: string; profile: string; options?: string[] }[] = [
  { desc: 'a machine', profile: 'c6i.8xlarge' },
  { desc: 'container limits', profile: '4cpu-8gi' },
  {
    desc: 'nodes of EKS with the databases elsewhere',
    profile: 'm7g.2xlarge',
    options: ['--platform', 'eks', '--external', 'postgres,redis'],
  },
  { desc: 'values that are computed at start', profile: '4cpu-8gi', options: ['--mode', 'auto'] },
];

describe.each(Object.keys(PROGRAMS) as (keyof typeof PROGRAMS)[])('%s', (name) => {
  let program: string;
  let provider: WithProvider;

  beforeAll(async () => {
    [program, provider] = [await PROGRAMS[name](), await providerMirror('kubernetes')];
  });

  describe.each(CASES)('$desc', ({ profile, options = [] }) => {
    let generated: Generated;
    const terraform = (...args: string[]) => provider(program, generated.folder, ...args);

    beforeAll(async () => {
      generated = await synth(profile, 'terraform', ...options);
      await terraform('init');
    });

    test('is valid, without a warning', async () => {
      expect(JSON.parse(await terraform('validate', '-json'))).toMatchObject({ valid: true, diagnostics: [] });
    });

    test('one apply makes a resource for each object, workloads after what they need', async () => {
      const { folder } = await synth(profile, 'kubernetes', ...options);
      const objects = await kustomize(folder);
      const log = await terraform('apply', '-auto-approve');
      expect(log).toContain(`${objects.length} added, 0 changed, 0 destroyed`);
      const done = [...log.matchAll(/^(\S+): Creation complete/gm)].map((match) => match[1]!);
      expect(done[0]).toBe('kubernetes_namespace_v1.namespace');
      const workloads = done.filter((address) => /_(deployment|statefulset)$/.test(address));
      expect(workloads.length).toBe(objects.filter(({ kind }) => /^(Deployment|StatefulSet)$/.test(kind)).length);
      for (const workload of workloads) {
        const service = workload.split('.')[1]!.split('_')[0]!;
        expect(done.indexOf(`kubernetes_service_account_v1.${service}_serviceaccount`)).toBeLessThan(
          done.indexOf(workload),
        );
        expect(done.indexOf('kubernetes_network_policy_v1.networkpolicy')).toBeLessThan(done.indexOf(workload));
      }
    });

    test('a second apply changes nothing', async () => {
      expect(await terraform('plan', '-detailed-exitcode')).toContain('No changes.');
    });

    test('a destroy is refused while the namespace holds data, and spares it as the comment says', async () => {
      if (options.includes('--external')) {
        // Nothing in the namespace is lost with it.
        expect(await terraform('plan', '-destroy')).toContain('kubernetes_namespace_v1.namespace will be destroyed');
        return;
      }
      await expect(terraform('destroy', '-auto-approve')).rejects.toThrow('prevent_destroy');
      const count = (await terraform('state', 'list')).trim().split('\n').length;
      const [, removed] = /state rm (\S+) &&/.exec(readFileSync(join(generated.folder, 'cdk.tf.json'), 'utf8'))!;
      const state = join(generated.folder, 'terraform.tfstate');
      const whole = readFileSync(state);
      await terraform('state', 'rm', removed!);
      expect(await terraform('plan', '-destroy')).toContain(`0 to add, 0 to change, ${count - 1} to destroy`);
      writeFileSync(state, whole);
    });

    test('the outputs are the plan', async () => {
      const { limits, parameters, ledger } = JSON.parse(await terraform('output', '-json'));
      const numbersOf = <T>(of: (service: Plan['services'][string]) => T) =>
        Object.fromEntries(Object.entries(generated.plan.services).map(([service, one]) => [service, of(one)]));
      expect(limits.value).toEqual(
        numbersOf(({ limits: { cpuMillis, memoryMiB } }) => ({ cpu_millis: cpuMillis, memory_mib: memoryMiB })),
      );
      expect(parameters.value).toEqual(
        numbersOf((service) =>
          Object.fromEntries(Object.entries(service.parameters).map(([key, { value }]) => [key, value])),
        ),
      );
      expect(ledger.value).toMatchObject(numbersOf((service) => ({ used_mib: service.ledger.usedMiB })));
    });
  });

  test.each([
    { desc: 'an argument that there is not', from: '"run_as_group":', to: '"run_as_grup":', says: 'run_as_grup' },
    {
      desc: 'a value of another type',
      from: '"run_as_non_root": true',
      to: '"run_as_non_root": "often"',
      says: 'a bool is required',
    },
    {
      desc: 'a reference to nothing',
      from: 'kubernetes_namespace_v1.namespace.metadata',
      to: 'kubernetes_namespace_v1.nowhere.metadata',
      says: 'nowhere',
    },
  ])('refuses $desc', async ({ from, to, says }) => {
    const { folder } = await synth('4cpu-8gi', 'terraform');
    const file = join(folder, 'cdk.tf.json');
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(from);
    writeFileSync(
      file,
      text.replace(from, () => to),
    );
    await provider(program, folder, 'init');
    await expect(provider(program, folder, 'validate')).rejects.toThrow(says);
  });
});
