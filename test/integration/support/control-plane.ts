/**
 * A Kubernetes control plane of our own: the real etcd, API server, scheduler and controllers, and not one kubelet, so
 * that nothing is run and everything is decided. It listens on 127.0.0.1 only.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Api, connect } from './api.ts';
import { type Daemon, freePorts, startDaemon } from './daemon.ts';
import { temporaryFolder } from './generated.ts';
import { run } from './run.ts';
import { buildTool, findKubectl, findTool } from './tools.ts';

export interface ControlPlane {
  api: Api;
  /** Path of the file that clients such as Helm are given. */
  kubeconfig: string;
  /** Which cluster kubectl speaks to. */
  env: Readonly<Record<string, string>>;
  /** What kubectl prints to its standard output. */
  kubectl(...args: string[]): Promise<string>;
  /** @throws When a component had ended by itself. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;

export async function startControlPlane(): Promise<ControlPlane> {
  const [etcd, kubernetes, kubectl] = [await findTool('etcd'), await buildTool('kubernetes'), await findKubectl()];
  const folder = temporaryFolder();
  const file = (name: string, contents: string): string => {
    const path = join(folder, name);
    writeFileSync(path, contents, { mode: 0o600 });
    return path;
  };
  const components: Daemon[] = [];
  const start = (name: string, ...command: string[]): Daemon => {
    const component = startDaemon(command, join(folder, `${name}.log`));
    components.push(component);
    return component;
  };
  const stop = async () => {
    await Promise.all(components.map((component) => component.stop()));
  };

  try {
    const [etcdPort, serverPort, proxyPort] = await freePorts(3);
    const etcdUrl = `http://127.0.0.1:${etcdPort}`;
    const token = randomBytes(16).toString('hex');
    const kubeconfig = file('kubeconfig', JSON.stringify(kubeconfigOf(`https://127.0.0.1:${serverPort}`, token)));
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const accountKey = file('service-accounts.key', privateKey.export({ type: 'sec1', format: 'pem' }).toString());

    start(
      'etcd',
      ...[etcd, '--data-dir', join(folder, 'etcd'), '--listen-client-urls', etcdUrl],
      ...['--advertise-client-urls', etcdUrl, '--listen-peer-urls', 'http://127.0.0.1:0'],
    );
    const server = start(
      'kube-apiserver',
      ...[kubernetes, 'kube-apiserver', `--etcd-servers=${etcdUrl}`, `--cert-dir=${folder}`],
      ...['--bind-address=127.0.0.1', `--secure-port=${serverPort}`],
      '--advertise-address=192.0.2.1', // else it looks for one, and a machine without a network has none
      `--token-auth-file=${file('tokens.csv', `${token},admin,admin\n`)}`,
      ...[`--service-account-key-file=${accountKey}`, `--service-account-signing-key-file=${accountKey}`],
      ...['--service-account-issuer=https://kubernetes.default.svc', '--service-cluster-ip-range=10.96.0.0/16'],
    );
    const env = { KUBECONFIG: kubeconfig, KUBECACHEDIR: join(folder, 'kubectl-cache') };
    const ask = (...args: string[]) => run(kubectl, args, { env });
    await server.answers(() => ask('get', '--raw', '/readyz'), START_TIMEOUT_MS);

    start('kubectl-proxy', kubectl, 'proxy', `--kubeconfig=${kubeconfig}`, `--port=${proxyPort}`);
    const client = [`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--secure-port=0', '--kube-api-qps=500'];
    start('kube-scheduler', kubernetes, 'kube-scheduler', ...client);
    const controllers = start(
      'kube-controller-manager',
      ...[kubernetes, 'kube-controller-manager', ...client],
      '--controllers=*,-node-lifecycle-controller', // which waits for the kubelets' heartbeat
      '--horizontal-pod-autoscaler-sync-period=1s', // else every 15 s
    );
    const api = connect(`http://127.0.0.1:${proxyPort}`);
    const account = '/api/v1/namespaces/kube-system/serviceaccounts/default';
    await controllers.answers(() => api.get(account), START_TIMEOUT_MS);
    return { api, kubeconfig, env, kubectl: ask, stop };
  } catch (error) {
    await stop().catch(() => {}); // says the same
    throw error;
  }
}

function kubeconfigOf(server: string, token: string): object {
  const name = 'integration';
  return {
    apiVersion: 'v1',
    kind: 'Config',
    // It signs its certificate itself, anew at each start.
    clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
}
