/** Namespaces and Secrets that are there, which files refer to and neither make nor close. */
import { describe, expect, it } from 'vitest';
import { synthesize } from '../../src/synth.ts';
import { packageFiles } from '../commands.ts';
import { DEMO_POLICY, policyOf, problemsOf, service, stackOf } from '../samples.ts';

const stackWith = (namespace: string, secret = '', service = '') => `stack: shop
deploy: { namespace: ${namespace} }
services:
  web:
    policy: demo
    deploy:
      image: demo/web:1
      ports: { http: 8080 }
      user: { uid: 1000, gid: 1000 }
      volume: { path: /data, size: 1Gi }
      secrets: { TOKEN: { does: signs sessions, example: change-me } }
${secret === '' ? '' : `      secretName: ${secret}\n`}${service}`;
const SHARED = stackWith('{ existing: team-7 }', 'web.token');
const OWN = stackWith('team-7');

/** Text by path below the target's folder. */
async function filesOf(stack: string, target: string): Promise<Record<string, string>> {
  const files = packageFiles({ 'my/stack.yaml': stack, 'my/policies/demo.yaml': DEMO_POLICY });
  const { folders } = await synthesize({ stack: 'my/stack.yaml', profiles: ['c6i.8xlarge'], targets: [target] }, files);
  const { artifacts } = folders.find((folder) => folder.target === target)!;
  return Object.fromEntries(artifacts.map(({ path, contents }) => [path, contents]));
}

describe('on Kubernetes', () => {
  it('no file makes the namespace or closes it to others, nor describes the Secret', async () => {
    const [shared, own] = [await filesOf(SHARED, 'kubernetes'), await filesOf(OWN, 'kubernetes')];
    const missing = Object.keys(own).filter((path) => !Object.hasOwn(shared, path));
    expect(missing).toEqual(['namespace.yaml', 'networkpolicy.yaml', 'secret.example.yaml']);
    expect(Object.keys(shared)).toContain('web/networkpolicy.yaml');
    expect(shared['web/statefulset.yaml']).toContain('namespace: "team-7"');
    expect(shared['web/statefulset.yaml']).toContain('name: "web.token"\n                  key: "TOKEN"');
    expect(own['web/statefulset.yaml']).toContain('name: "shop-web-secrets"');
  });

  it('nothing that is said to run deletes or restarts what others have there', async () => {
    const own = await filesOf(OWN, 'kubernetes');
    expect(own['kustomization.yaml']).toContain('never run kubectl delete -k');
    expect(own['kustomization.yaml']).toContain('--all');
    for (const target of ['kubernetes', 'kustomize', 'helm', 'terraform', 'pulumi']) {
      const said = Object.values(await filesOf(stackWith('{ existing: team-7 }'), target)).join('\n');
      expect(said).not.toMatch(/--all\b|never run kubectl delete|create namespace|label namespace|default-deny/);
      expect(said).not.toMatch(/namespace is protected|prevent_destroy|kubernetes_namespace_v1|apply -f namespace/);
    }
    const example = (await filesOf(stackWith('{ existing: team-7 }'), 'kubernetes'))['secret.example.yaml'];
    expect(example).toContain(
      'kubectl -n team-7 rollout restart deployment,statefulset -l app.kubernetes.io/instance=shop\n',
    );
  });

  it.each(['default', 'kube-system'])('%s may be one', async (name) => {
    const files = await filesOf(stackWith(`{ existing: ${name} }`), 'kubernetes');
    expect(files['web/service.yaml']).toContain(`namespace: "${name}"`);
    await expect(filesOf(stackWith(name), 'kubernetes')).rejects.toThrow(
      `choose another, or say that it is there: namespace: { existing: ${name} }`,
    );
  });
});

it('a chart takes the Secret as a value and has none for the namespace', async () => {
  const [shared, own] = [await filesOf(SHARED, 'helm'), await filesOf(OWN, 'helm')];
  expect(shared['values.yaml']).toContain('existingSecret: "web.token"');
  expect([shared, own].map((files) => /^namespace:/m.test(files['values.yaml']!))).toEqual([false, true]);
  expect(JSON.parse(shared['values.schema.json']!).properties).not.toHaveProperty('namespace');
  expect(shared['README.md']).toContain('helm upgrade --install shop . -n team-7 -f values-c6i.8xlarge.yaml');
});

it('Terraform and Pulumi refer to both', async () => {
  const { resource } = JSON.parse((await filesOf(SHARED, 'terraform'))['cdk.tf.json']!);
  expect(resource).not.toHaveProperty('kubernetes_namespace_v1');
  expect(resource.kubernetes_service_v1.web_service.metadata.namespace).toBe('team-7');
  expect(JSON.stringify(resource)).toContain('"web.token"');
  expect((await filesOf(SHARED, 'pulumi'))['index.ts']).not.toContain('const secrets');
  expect((await filesOf(OWN, 'pulumi'))['index.ts']).toContain("'shop-web-secrets', // TOKEN");
});

describe('what is refused', () => {
  const namespaced = (namespace: unknown) => stackOf({ namespace });
  it.each([{ existing: 'a b' }, { existing: '' }, { existing: '-a' }, { existing: 'a'.repeat(64) }, {}, 3, null])(
    'namespace %j',
    (namespace) => {
      expect(() => namespaced(namespace)).toThrow();
    },
  );

  it('takes names that a cluster has, which are longer than ours', () => {
    expect(namespaced({ existing: `7${'a'.repeat(62)}` })).toMatchObject({ namespaceExists: true });
    expect(namespaced('shop').namespaceExists).toBeUndefined();
  });

  it.each(['A', 'a b', '$(id)', '.a', 'a'.repeat(254)])('secretName %s', (secretName) => {
    expect(() => stackOf({ services: { web: service({ secretName }) } })).toThrow();
  });

  it('the name of a Secret where there is nothing secret', () => {
    expect(problemsOf(() => stackOf({ services: { web: service({ secretName: 'mine' }) } }, [policyOf()]))).toEqual([
      'STACK_INVALID services.web.deploy.secretName: expected a service with secrets, got mine for one that has none, nor has policy demo; leave it out, or add secrets',
    ]);
  });
});

it('elsewhere the name of the Secret is not used, which is said', async () => {
  const files = packageFiles({ 'my/stack.yaml': SHARED, 'my/policies/demo.yaml': DEMO_POLICY });
  const { plans } = await synthesize({ stack: 'my/stack.yaml', profiles: ['4cpu-8gi'], targets: ['env'] }, files);
  expect(plans[0]!.findings).toMatchObject([
    { code: 'FIELDS_UNUSED', message: 'host does not use secretName, which is for Kubernetes' },
  ]);
});
