// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Terraform's templates look like ours
/** The same constructs on the last cdktf that HashiCorp released, which many users still have. */
import { expect, it, vi } from 'vitest';
import { testApp } from './support.ts';

vi.mock('cdktf', () => import('cdktf-0.21'));

it('works on cdktf 0.21.0', async () => {
  const { App, LocalBackend, TerraformOutput, TerraformStack, TerraformVariable, Testing } = await import('cdktf');
  const { KubernetesProvider, KubernetesServices, SizingPlan, VirtualMachine } = await import(
    '../../../src/constructs/cdktf/index.ts'
  );
  const runtime = (App as unknown as Record<symbol, unknown>)[Symbol.for('jsii.rtti')];
  expect(runtime).toEqual({ fqn: 'cdktf.App', version: '0.21.0' });
  const stackOf = (profile: string) => {
    const stack = new TerraformStack(testApp(), 'demo');
    new LocalBackend(stack, { path: 'terraform.tfstate' });
    new KubernetesProvider(stack, 'kubernetes');
    const set = ['api.ORT_INTRA_OP_NUM_THREADS=4'];
    new KubernetesServices(stack, 'services', { profile, set }).addOutputs();
    const beforeStart = [`fetch ${new TerraformVariable(stack, 'secret', {}).stringValue}`];
    const { userDataBase64: value } = new VirtualMachine(stack, 'machine', { profile: '4cpu-8gi', beforeStart });
    new TerraformOutput(stack, 'machine-data', { value, staticId: true });
    return stack;
  };
  const stack = stackOf('c6i.8xlarge');
  const { terraform, resource, output } = JSON.parse(Testing.synth(stack, true));
  expect(terraform.backend).toEqual({ local: { path: 'terraform.tfstate' } });
  expect(Object.values(resource).flatMap((byName) => Object.keys(byName as object))).toHaveLength(21);
  expect(output.limits.value.api).toEqual({ cpu_millis: 19720, memory_mib: 34182 });
  expect(output['machine-data'].value).toContain('\\n  - ${jsonencode("fetch ${var.secret}")}\\n');
  const annotations = stack.node.findChild('services').node.metadata.map(({ type, data }) => `${type} ${data}`);
  expect(annotations).toContainEqual(expect.stringMatching(/^@cdktf\/info api: .*\(SESSIONS_OVERSUBSCRIBE_CPU\)$/));
  expect(() => Testing.synth(stackOf('c6i.9xlarge'), true)).toThrow('[demo/services] profile: expected a machine');
  expect(new SizingPlan(stack, 'sizes', { profile: 'c6i.8xlarge' }).limits('redis').memoryMiB).toBe(7199);
});
