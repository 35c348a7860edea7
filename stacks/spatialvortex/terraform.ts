/**
 * The stack for Terraform, with cdktf. Copy it into a project of your own, then:
 *
 *   npm install sizewright cdktf@npm:cdktn constructs
 *   node terraform.ts c6i.8xlarge           # Node.js from 22.18 on; older ones: npx tsx terraform.ts c6i.8xlarge
 *   cd cdktf.out/stacks/spatialvortex && terraform init && KUBE_CONFIG_PATH=~/.kube/config terraform apply
 *
 * The apply waits for the pods, and they for their Secrets: spatialvortex-api-secrets, -postgres-secrets and
 * -redis-secrets in the namespace, with the keys of the kubernetes target's secret.example.yaml.
 */
import { App, LocalBackend, TerraformStack } from 'cdktf';
import { KubernetesProvider, KubernetesServices } from 'sizewright/cdktf';

const app = new App();
const stack = new TerraformStack(app, 'spatialvortex');
new LocalBackend(stack, { path: 'terraform.tfstate' });
new KubernetesProvider(stack, 'kubernetes');

const [profile = 'c6i.8xlarge'] = process.argv.slice(2);
const services = new KubernetesServices(stack, 'services', { stack: 'spatialvortex', profile });
services.addOutputs();

app.synth();
