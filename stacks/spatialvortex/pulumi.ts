/**
 * The stack for Pulumi. Copy it into a project of your own (`pulumi new kubernetes-typescript`) as index.ts, then:
 *
 *   npm install sizewright
 *   pulumi config set profile c6i.8xlarge
 *   pulumi up
 */
import * as pulumi from '@pulumi/pulumi';
import { KubernetesServices } from 'sizewright/pulumi';

const config = new pulumi.Config();

export const { namespace, services } = new KubernetesServices('spatialvortex', {
  stack: 'spatialvortex',
  profile: config.require('profile'),
  platform: config.get('platform'),
});
