import { describe, expect, it } from 'vitest';
import { renderInput } from '../../support.ts';
import { ALL, inputFor, objectsOf, stackWith, textsOf } from './support.ts';

const input = renderInput('c6i.8xlarge', { platform: 'kubernetes' });
const objects = objectsOf(input);

const pods = (name: string) => ({
  podSelector: {
    matchLabels: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': 'spatialvortex' },
  },
});
const tcp = (...ports: number[]) => ports.map((port) => ({ protocol: 'TCP', port }));
const block = (cidr: string) => ({ ipBlock: { cidr } });
const dns = {
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
};

describe('Services', () => {
  it('bear the name that connection strings say', () => {
    expect(objects['postgres/service.yaml']).toMatchObject({
      metadata: { name: 'postgres', namespace: 'spatialvortex' },
      spec: {
        type: 'ClusterIP',
        selector: pods('postgres').podSelector.matchLabels,
        ports: [{ name: 'postgres', port: 5432, targetPort: 'postgres', protocol: 'TCP' }],
      },
    });
  });

  it('a StatefulSet has a headless one beside it, a Deployment has not', () => {
    const headless = objects['postgres/service-headless.yaml'];
    expect(headless.metadata.name).toBe(objects['postgres/statefulset.yaml'].spec.serviceName);
    expect(headless.spec.clusterIP).toBe('None');
    expect(objects).not.toHaveProperty('api/service-headless.yaml');
  });
});

describe('NetworkPolicies', () => {
  it('deny everything in the namespace first', () => {
    expect(objects['networkpolicy.yaml'].metadata).toMatchObject({ name: 'default-deny', namespace: 'spatialvortex' });
    expect(objects['networkpolicy.yaml'].spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  });

  it('api: called by anyone on its port; calls names, both databases and 443', () => {
    expect(objects['api/networkpolicy.yaml'].spec).toEqual({
      ...pods('api'),
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: tcp(7000) }],
      egress: [
        dns,
        { to: [pods('postgres')], ports: tcp(5432) },
        { to: [pods('redis')], ports: tcp(6379) },
        { to: [block('0.0.0.0/0')], ports: tcp(443) },
      ],
    });
  });

  it.each([
    { name: 'postgres', port: 5432 },
    { name: 'redis', port: 6379 },
  ])('$name: called by the api, calls nobody', ({ name, port }) => {
    const { ingress, egress } = objects[`${name}/networkpolicy.yaml`].spec;
    expect(ingress).toEqual([{ from: [pods('api')], ports: tcp(port) }]);
    expect(egress).toEqual([]);
  });

  it('a service that runs elsewhere: its port to anywhere, unless the stack says where', () => {
    const external = { external: ['postgres', 'redis'] };
    const open = renderInput('c6i.8xlarge', { platform: 'kubernetes', ...external });
    expect(objectsOf(open)['api/networkpolicy.yaml'].spec.egress).toEqual([
      dns,
      { to: [block('0.0.0.0/0')], ports: tcp(5432) },
      { to: [block('0.0.0.0/0')], ports: tcp(6379) },
      { to: [block('0.0.0.0/0')], ports: tcp(443) },
    ]);
    expect(textsOf(open)['api/networkpolicy.yaml']).toContain('# postgres runs elsewhere; egress with this port');
    expect(Object.keys(textsOf(open)).filter((path) => /postgres|redis/.test(path))).toEqual([]);

    const stack = stackWith({ api: { egress: [{ port: 5432, cidr: '10.1.0.0/16' }] } });
    const stated = inputFor(stack, { 'c6i.8xlarge': ['api'] }, undefined, external);
    expect(objectsOf(stated)['api/networkpolicy.yaml'].spec.egress).toEqual([
      dns,
      { to: [block('0.0.0.0/0')], ports: tcp(6379) },
      { to: [block('10.1.0.0/16')], ports: tcp(5432) },
    ]);
  });

  it('callers get every port, the world only the first of the main service; members may call each other', () => {
    const stack = stackWith({
      api: {
        ports: [
          { name: 'http', port: 7000 },
          { name: 'metrics', port: 9090 },
        ],
      },
      redis: { connectsTo: ['api', 'redis'] },
      postgres: {
        ports: [
          { name: 'a', port: 1 },
          { name: 'b', port: 2 },
        ],
      },
    });
    const files = objectsOf(inputFor(stack, { 'c6i.8xlarge': ALL }));
    expect(files['api/networkpolicy.yaml'].spec.ingress).toEqual([
      { ports: tcp(7000) },
      { from: [pods('redis')], ports: tcp(7000, 9090) },
    ]);
    expect(files['redis/networkpolicy.yaml'].spec.ingress).toEqual([
      { from: [pods('api'), pods('redis')], ports: tcp(6379) },
    ]);
    expect(files['redis/networkpolicy.yaml'].spec.egress).toEqual([
      dns,
      { to: [pods('api')], ports: tcp(7000, 9090) },
      { to: [pods('redis')], ports: tcp(6379) },
    ]);
    expect(files['postgres/networkpolicy.yaml'].spec.ingress[0].ports).toEqual(tcp(1, 2));
  });
});
