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
    { protocol: 'UDP', port: 5353 },
    { protocol: 'TCP', port: 5353 },
  ],
};
const except = (cidr: string, ...ranges: string[]) => ({ ipBlock: { cidr, except: ranges } });
const internet = [
  except(
    '0.0.0.0/0',
    ...['10.0.0.0/8', '100.64.0.0/10', '168.63.129.16/32', '169.254.0.0/16'],
    ...['172.16.0.0/12', '192.168.0.0/16', '198.18.0.0/15', '240.0.0.0/4'],
  ),
  except('::/0', 'fc00::/7', 'fe80::/10'),
];
/** Private addresses too, where databases are; not those that give away a node's credentials. */
const elsewhere = [
  except('0.0.0.0/0', '100.100.100.200/32', '168.63.129.16/32', '169.254.0.0/16'),
  except('::/0', 'fd00:ec2::254/128', 'fd20:ce::254/128', 'fe80::/10'),
];

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
        { to: internet, ports: tcp(443) },
      ],
    });
  });

  it.each([
    { name: 'postgres', port: 5432 },
    { name: 'redis', port: 6379 },
  ])('$name: called by the api, calls nobody', ({ name, port }) => {
    const { spec } = objects[`${name}/networkpolicy.yaml`];
    expect(spec.ingress).toEqual([{ from: [pods('api')], ports: tcp(port) }]);
    expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(spec).not.toHaveProperty('egress'); // the API server drops an empty list
  });

  it('a service that runs elsewhere: its port to anywhere, unless the stack says where', () => {
    const external = { external: ['postgres', 'redis'] };
    const open = renderInput('c6i.8xlarge', { platform: 'kubernetes', ...external });
    expect(objectsOf(open)['api/networkpolicy.yaml'].spec.egress).toEqual([
      dns,
      { to: elsewhere, ports: tcp(5432) },
      { to: elsewhere, ports: tcp(6379) },
      { to: internet, ports: tcp(443) },
    ]);
    expect(textsOf(open)['api/networkpolicy.yaml']).toContain(
      '# postgres runs elsewhere, perhaps at a private address; egress with this port',
    );
    expect(Object.keys(textsOf(open)).filter((path) => /postgres|redis/.test(path))).toEqual([]);

    const stack = stackWith({ api: { egress: [{ port: 5432, cidr: '10.1.0.0/16', protocol: 'TCP' }] } });
    const stated = inputFor(stack, { 'c6i.8xlarge': ['api'] }, undefined, external);
    expect(objectsOf(stated)['api/networkpolicy.yaml'].spec.egress).toEqual([
      dns,
      { to: elsewhere, ports: tcp(6379) },
      { to: [block('10.1.0.0/16')], ports: tcp(5432) },
    ]);
  });

  it('all addresses of one family, or none stated, are the internet in both; a port there narrows nothing', () => {
    const protocol = 'TCP' as const;
    const egress = [
      { port: 443, protocol },
      { port: 5432, cidr: '0.0.0.0/0', protocol },
      { port: 6379, cidr: '::/0', protocol },
      { port: 9000, cidr: 'fd12::/16', protocol },
    ];
    const external = { external: ['postgres'] };
    const made = inputFor(stackWith({ api: { egress } }), { 'c6i.8xlarge': ['api', 'redis'] }, undefined, external);
    expect(objectsOf(made)['api/networkpolicy.yaml'].spec.egress).toEqual([
      dns,
      { to: [pods('redis')], ports: tcp(6379) },
      { to: elsewhere, ports: tcp(5432) },
      { to: internet, ports: tcp(443) },
      { to: internet, ports: tcp(5432) },
      { to: internet, ports: tcp(6379) },
      { to: [block('fd12::/16')], ports: tcp(9000) },
    ]);
  });

  it('UDP where the stack says so', () => {
    const egress = [{ port: 3478, protocol: 'UDP' as const }];
    const made = inputFor(stackWith({ api: { egress } }), { 'c6i.8xlarge': ALL });
    expect(objectsOf(made)['api/networkpolicy.yaml'].spec.egress.at(-1)).toEqual({
      to: internet,
      ports: [{ protocol: 'UDP', port: 3478 }],
    });
  });

  it('a service that nobody calls and that calls nobody has types and no rules', () => {
    const stack = stackWith({ redis: { connectsTo: [] }, api: { connectsTo: ['postgres'] } });
    const made = inputFor(stack, { 'c6i.8xlarge': ALL });
    const { spec } = objectsOf(made)['redis/networkpolicy.yaml'];
    expect(Object.keys(spec)).toEqual(['podSelector', 'policyTypes']);
    expect(textsOf(made)['redis/networkpolicy.yaml']).toContain(
      '# no ingress: nobody calls it; no egress: it calls nobody',
    );
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
