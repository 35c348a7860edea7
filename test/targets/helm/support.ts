/** Texts that mean something to Helm, YAML, the kubelet or a shell, wherever a user can put one. */

import type { FileDelivery } from '../../../src/deliveries/delivery.ts';
import type { RenderInput } from '../../../src/targets/target.ts';
import { spatialvortex } from '../../support.ts';
import { ALL, inputFor, policiesWith, stackWith } from '../kubernetes/support.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is meant to look like one
export const HOSTILE = '{{ .Values.plan }} {{`x`}} {{{ }}} {{- end }} ${HOME} $(DATE) $$ %s \'a\' "b" \\ # - é <&>';

/** The hostile text in annotations, variables, settings, flags, probes, reasons and the command. */
export function hostileInput(): RenderInput {
  const why = `why ${HOSTILE}`;
  const { redis, postgres, 'spatialvortex-api': api } = spatialvortex.policies;
  const [file, flags] = postgres!.deliveries;
  const policies = policiesWith({
    redis: {
      deliveries: [
        { as: 'flags', program: ['redis-server', '$(HOME) $$ x'], each: ['--{key}', '{value}'], at: 'end', keys: {} },
      ],
      settings: [...redis!.settings, { key: 'syslog-ident', value: HOSTILE, why }],
    },
    postgres: {
      deliveries: [{ ...(file as FileDelivery), name: 'null' }, flags!],
      settings: [
        ...postgres!.settings,
        { key: 'application_name', value: '{{ .Release.Name }} %d', why },
        { key: 'cluster_name', value: 'a\u2028postgresql.conf: b\u2029', why: 'why\u2028postgresql.conf: b' },
      ],
    },
    'spatialvortex-api': { settings: [...api!.settings, { key: 'GREETING', value: HOSTILE, why }] },
  });
  const annotations = { 'example.com/note': `${HOSTILE}\n\u2028{{ end }}` };
  const stack = stackWith(
    {
      api: { annotations, env: { NOTE: HOSTILE, NUMBER: '010', YES: 'yes', EMPTY: '' } },
      // A variable of the name of a setting, which is in a file.
      postgres: { env: { POSTGRES_USER: HOSTILE, POSTGRES_DB: 'a{{b', huge_pages: 'x' }, annotations },
      redis: {
        probes: {
          liveness: { exec: ['sh', '-c', HOSTILE], periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
        },
      },
    },
    { annotations: { 'example.com/owner': HOSTILE } },
  );
  return { ...inputFor(stack, { 'c6i.8xlarge': ALL }, policies), command: `sizewright synth --stack '${HOSTILE}'` };
}
