/** SpatialVortex on a cluster: `pulumi config set profile c6i.8xlarge`, then `pulumi up`. */
import * as pulumi from '@pulumi/pulumi';
import { KubernetesServices } from 'sizewright/pulumi';

const config = new pulumi.Config();

export const { namespace, services } = new KubernetesServices('spatialvortex', {
  stack: 'spatialvortex',
  profile: config.require('profile'),
  platform: config.get('platform'),
});
