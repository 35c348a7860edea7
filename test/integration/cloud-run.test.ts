/** Services decode strictly into Knative's own types and pass Knative's own validation; Cloud Run itself asks for an account. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Generated, synth } from './support/generated.ts';
import { decode } from './support/kubernetes.ts';

const OPTIONS = ['--platform', 'cloud-run', '--external', 'postgres,redis'];

describe.each(['1cpu-4gi', '2cpu-8gi', '8cpu-32gi'])('%s', (profile) => {
  let generated: Generated;
  let text: string;
  // biome-ignore lint/suspicious/noExplicitAny: Knative's, looked at member by member
  let service: any;
  beforeAll(async () => {
    generated = await synth(profile, 'cloud-run', ...OPTIONS);
    text = readFileSync(join(generated.folder, 'api.yaml'), 'utf8');
    [service] = await decode(text);
  });

  test('Knative reads the numbers of the plan', () => {
    const planned = generated.plan.services.api!;
    const { template } = service.spec;
    const [container] = template.spec.containers;
    // Quantities come back in Kubernetes' shortest form.
    const { cpu, memory } = container.resources.limits;
    const millis = cpu.endsWith('m') ? Number(cpu.slice(0, -1)) : Number(cpu) * 1000;
    const mib = memory.endsWith('Gi') ? Number(memory.slice(0, -2)) * 1024 : Number(memory.slice(0, -2));
    expect([millis, mib]).toEqual([planned.limits.cpuMillis, planned.limits.memoryMiB]);
    expect(template.spec.containerConcurrency).toBe(80);
    expect(template.metadata.annotations).toMatchObject({
      'autoscaling.knative.dev/minScale': `${planned.replicas.min}`,
      'autoscaling.knative.dev/maxScale': `${planned.replicas.max}`,
    });
    const environment = Object.fromEntries(
      container.env.map(({ name, value }: { name: string; value?: string }) => [name, value]),
    );
    for (const [name, { value }] of Object.entries(planned.parameters)) expect(environment[name]).toBe(`${value}`);
  });

  test.each([
    ['containerConcurrency:', 'containersConcurrency:', 'unknown field "spec.template.spec.containersConcurrency"'],
    [/containerConcurrency: \d+/, 'containerConcurrency: 1001', 'expected 0 <= 1001 <= 1000'],
    ['maxScale: "10"\n        # ', 'maxScale: "ten"\n        # ', 'invalid value: ten'],
    ['name: "http1"', 'name: "web"', 'web'],
  ])('Knative refuses %s as %s', async (from, to, message) => {
    const edited = text.replace(from, to);
    expect(edited).not.toBe(text);
    await expect(decode(edited)).rejects.toThrow(message);
  });
});
