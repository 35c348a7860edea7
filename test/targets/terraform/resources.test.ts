import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { planFor } from '../../../src/constructs/plan-for.ts';
import { nodeFiles } from '../../../src/files/node-files.ts';
import type { RenderInput } from '../../../src/targets/target.ts';
import { Reference, type Resource } from '../../../src/targets/terraform/resource.ts';
import { resourcesOf } from '../../../src/targets/terraform/resources.ts';
import { policyOf, service, stackOf } from '../../samples.ts';
import { renderInput } from '../../support.ts';
import { hostileInput } from '../helm/support.ts';
import { ALL, inputFor, policiesWith, stackWith } from '../kubernetes/support.ts';
import { schemaProblems } from './schema.ts';

const stranger = (): RenderInput => {
  const folder = fileURLToPath(new URL('../../fixtures/stranger', import.meta.url));
  const files = nodeFiles(folder, join(folder, '../../../dist/data'));
  return planFor({ profile: 'm7g.xlarge', stack: './my-stack.yaml' }, 'kubernetes', files);
};
const find = (resources: readonly Resource[], address: string) => {
  const found = resources.find(({ type, name }) => `${type}.${name}` === address);
  if (found === undefined) throw new Error(`no ${address}`);
  // biome-ignore lint/suspicious/noExplicitAny: looked at member by member
  return found as any;
};

describe('every resource is what the provider takes', () => {
  const withoutPreStop = stackWith({ api: { preStopSeconds: 0 } });
  it.each<{ desc: string; input: () => RenderInput }>([
    ...['c6i.8xlarge', 't3.2xlarge', 'm7g.16xlarge', '4cpu-8gi', '2cpu-6gi'].map((profile) => ({
      desc: profile,
      input: () => renderInput(profile, { platform: 'kubernetes' }),
    })),
    { desc: 'eks', input: () => renderInput('c6i.8xlarge', { platform: 'eks' }) },
    { desc: 'gke', input: () => renderInput('n2-standard-16', { platform: 'gke' }) },
    { desc: 'aks', input: () => renderInput('Standard_D16s_v5', { platform: 'aks' }) },
    {
      desc: 'databases elsewhere',
      input: () => renderInput('c6i.8xlarge', { platform: 'kubernetes', external: ['postgres', 'redis'] }),
    },
    { desc: 'a stack of strangers', input: stranger },
    {
      desc: 'a Deployment without a pause before it stops',
      input: () => inputFor(withoutPreStop, { 'c6i.8xlarge': ALL }),
    },
    {
      desc: 'no autoscaler, kernel parameters, a class of volumes, flags',
      input: () =>
        inputFor(
          stackWith({
            api: { preStopSeconds: 0, replicas: { min: 4, max: 4, surge: 0 }, cpuLimit: 'none' },
            postgres: { volume: { path: '/data', sizeMiB: 1024, storageClass: 'fast' }, annotations: { a: 'b' } },
          }),
          { 'c6i.8xlarge': ['api'], 'r6i.2xlarge': ['postgres', 'redis'] },
          policiesWith({
            redis: { sysctls: [{ key: 'net.ipv4.tcp_keepalive_time', value: '60', why: 'x', safe: true } as never] },
          }),
        ),
    },
    { desc: 'texts that look like something else', input: hostileInput },
  ])('$desc', ({ input }) => {
    const resources = resourcesOf(input());
    expect(resources.flatMap(schemaProblems)).toEqual([]);
    const names = resources.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z][a-z0-9_-]*$/.test(name))).toEqual([]);
    expect(resources.flatMap(({ dependsOn = [] }) => dependsOn).filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe('c6i.8xlarge', () => {
  const input = renderInput('c6i.8xlarge', { platform: 'kubernetes' });
  const resources = resourcesOf(input);

  it('has a resource for each object', () => {
    expect(resources.map(({ type, name }) => `${type}.${name}`)).toEqual([
      'kubernetes_namespace_v1.namespace',
      'kubernetes_network_policy_v1.networkpolicy',
      'kubernetes_service_account_v1.api_serviceaccount',
      'kubernetes_config_map_v1.api_configmap',
      'kubernetes_service_v1.api_service',
      'kubernetes_network_policy_v1.api_networkpolicy',
      'kubernetes_manifest.api_deployment',
      'kubernetes_horizontal_pod_autoscaler_v2.api_horizontalpodautoscaler',
      'kubernetes_manifest.api_poddisruptionbudget',
      'kubernetes_service_account_v1.postgres_serviceaccount',
      'kubernetes_config_map_v1.postgres_configmap-files',
      'kubernetes_service_v1.postgres_service',
      'kubernetes_service_v1.postgres_service-headless',
      'kubernetes_network_policy_v1.postgres_networkpolicy',
      'kubernetes_stateful_set_v1.postgres_statefulset',
      'kubernetes_manifest.postgres_poddisruptionbudget',
      'kubernetes_service_account_v1.redis_serviceaccount',
      'kubernetes_service_v1.redis_service',
      'kubernetes_network_policy_v1.redis_networkpolicy',
      'kubernetes_deployment_v1.redis_deployment',
      'kubernetes_manifest.redis_poddisruptionbudget',
    ]);
  });

  it('puts what the hardware decides where the provider has it', () => {
    const { attributes } = find(resources, 'kubernetes_stateful_set_v1.postgres_statefulset');
    const { spec } = attributes.spec.template;
    expect(spec.container[0].resources).toEqual({
      limits: { cpu: '7890m', memory: '13673Mi' },
      requests: { cpu: '7890m', memory: '13673Mi' },
    });
    expect(spec.volume[0]).toEqual({ name: 'shm', empty_dir: { medium: 'Memory', size_limit: '1032Mi' } });
    expect(spec.security_context).toMatchObject({ run_as_user: '999', fs_group: '999', run_as_non_root: true });
    expect(attributes.spec.replicas).toBe('1');
    expect(find(resources, 'kubernetes_config_map_v1.api_configmap').attributes.data.ONNX_POOL_SIZE).toBe('32');
  });

  it('waits for a rollout as long as it may take, one replica after the other', () => {
    // postgres: 120 s to stop + 300 s to pull + 1,800 s to start, one replica
    const postgres = find(resources, 'kubernetes_stateful_set_v1.postgres_statefulset');
    expect(postgres.attributes.wait_for_rollout).toBe(true);
    expect(postgres.attributes.timeouts).toEqual({ create: '2220s', update: '2220s' });
    expect(Object.keys(find(resources, 'kubernetes_manifest.api_deployment').attributes)).toEqual(['manifest']);
  });

  it('waits for no rollout shorter than the provider does unasked, 10 minutes', () => {
    // one replica: 10 s to stop + 300 s to pull + 10 s to start
    const policy = policyOf();
    const small = inputFor(stackOf({ services: { web: service() } }), { '1cpu-3gi': ['web'] }, { demo: policy });
    const { timeouts } = find(resourcesOf(small), 'kubernetes_deployment_v1.web_deployment').attributes;
    expect(timeouts).toEqual({ create: '600s', update: '600s' });
  });

  it('makes a workload after what its pods need', () => {
    expect(find(resources, 'kubernetes_deployment_v1.redis_deployment').dependsOn).toEqual([
      'namespace',
      'networkpolicy',
      'redis_serviceaccount',
      'redis_service',
      'redis_networkpolicy',
    ]);
    const { metadata } = find(resources, 'kubernetes_service_v1.redis_service').attributes;
    expect(metadata.namespace).toEqual(new Reference('namespace', 'metadata[0].name'));
  });

  it('says what the provider would otherwise say in another way', () => {
    const { spec } = find(resources, 'kubernetes_stateful_set_v1.postgres_statefulset').attributes;
    expect(spec.revision_history_limit).toBe(10);
    expect(spec.template.spec.container[0].security_context.run_as_non_root).toBe(true);
    expect(spec.volume_claim_template[0].metadata.namespace).toEqual(new Reference('namespace', 'metadata[0].name'));
    expect(
      find(resources, 'kubernetes_horizontal_pod_autoscaler_v2.api_horizontalpodautoscaler').attributes.spec.behavior,
    ).toEqual({
      scale_down: {
        stabilization_window_seconds: 300,
        select_policy: 'Max',
        policy: [{ type: 'Percent', value: 100, period_seconds: 15 }],
      },
    });
  });

  it('holds no value of a secret', () => {
    const [container] = find(resources, 'kubernetes_manifest.api_deployment').attributes.manifest.spec.template.spec
      .containers;
    expect(container.env[0]).toEqual({
      name: 'DATABASE_URL',
      valueFrom: { secretKeyRef: { name: 'spatialvortex-api-secrets', key: 'DATABASE_URL' } },
    });
  });
});

it('protects the namespace where deleting it deletes data', () => {
  const protectedOnes = (input: RenderInput) =>
    resourcesOf(input).flatMap(({ name, preventDestroy }) => (preventDestroy ? [name] : []));
  expect(protectedOnes(renderInput('c6i.8xlarge', { platform: 'kubernetes' }))).toEqual(['namespace']);
  const external = { platform: 'kubernetes', external: ['postgres', 'redis'] };
  expect(protectedOnes(renderInput('c6i.8xlarge', external))).toEqual([]);
});

it('a Deployment that typed arguments can express leaves the replicas to its autoscaler', () => {
  const input = inputFor(stackWith({ api: { preStopSeconds: 0 } }), { 'c6i.8xlarge': ALL });
  const { attributes, ignoreChanges } = find(resourcesOf(input), 'kubernetes_deployment_v1.api_deployment');
  expect(attributes.spec.replicas).toBeUndefined();
  expect(ignoreChanges).toEqual(['spec[0].replicas']);
  expect(attributes.spec.strategy).toEqual({
    type: 'RollingUpdate',
    rolling_update: { max_surge: '0', max_unavailable: '1' },
  });
});
