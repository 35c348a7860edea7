/** What kubelets would say of the pods on their nodes: one that is bound gets ready, one that was told to go is gone. */
import { type Api, unlessGone } from './api.ts';
import { findCondition, NAMESPACE, type Pod, podsOf } from './cluster.ts';

export interface Kubelets {
  /** From now on no pod gets ready. */
  hold(): void;
  /** And now all that were held back. */
  release(): void;
  /** The namespace's pods after each change since this was last called. */
  takeHistory(): Pod[][];
  stop(): Promise<void>;
}

/** Follows a namespace's pods from now on. */
export function startKubelets(api: Api, namespace = NAMESPACE): Kubelets {
  const pods = new Map<string, Pod>();
  const history: Pod[][] = [];
  const reports: Promise<void>[] = [];
  let held = false;
  let addresses = 0;

  const report = (pod: Pod): void => {
    const { name, uid, deletionTimestamp } = pod.metadata;
    const path = `${podsOf(namespace)}/${name}`;
    if (pod.spec.nodeName === undefined) return;
    if (deletionTimestamp !== undefined) reports.push(api.remove(path, uid));
    else if (!isReady(pod) && !held) {
      addresses += 1;
      const ready = { type: 'Ready', status: 'True' };
      const status = { phase: 'Running', podIP: `10.244.0.${addresses}`, conditions: [ready] };
      reports.push(api.patch(`${path}/status`, { metadata: { uid }, status }).catch(unlessGone));
    }
  };
  const stopWatching = api.watch<Pod>(podsOf(namespace), ({ type, object: pod }) => {
    if (type === 'DELETED') pods.delete(pod.metadata.uid);
    else pods.set(pod.metadata.uid, pod);
    history.push([...pods.values()]);
    if (type !== 'DELETED') report(pod);
  });

  return {
    hold() {
      held = true;
    },
    release() {
      held = false;
      for (const pod of pods.values()) report(pod);
    },
    takeHistory: () => history.splice(0),
    async stop() {
      await stopWatching();
      await Promise.all(reports);
    },
  };
}

export function isReady(pod: Pod): boolean {
  return findCondition(pod.status.conditions, 'Ready')?.status === 'True';
}
