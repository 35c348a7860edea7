/** Real cloud-init takes the user data of a machine as real Terraform passes them on. */
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { App, Fn, LocalBackend, TerraformOutput, TerraformStack, TerraformVariable } from 'cdktf';
import { AwsProvider, VirtualMachine } from 'sizewright/cdktf';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkUserData } from './support/cloud-init.ts';
import { temporaryFolder } from './support/generated.ts';
import { providerMirror, resourcesIn, terraform } from './support/terraform.ts';
import { findTerraform } from './support/tools.ts';

/** What a machine would get at its first start. */
async function userDataOf(props: Omit<ConstructorParameters<typeof VirtualMachine>[2], 'instance'>): Promise<string> {
  const app = new App({ outdir: temporaryFolder() });
  const stack = new TerraformStack(app, 'demo');
  new LocalBackend(stack, { path: 'terraform.tfstate' });
  new AwsProvider(stack, 'aws', { region: 'eu-west-1' });
  new VirtualMachine(stack, 'machine', { ...props, instance: { ami: 'ami-1' } });
  app.synth();
  const folder = join(app.outdir, 'stacks/demo');
  const [program, provider] = [findTerraform(), await providerMirror('aws')];
  await provider(program, folder, 'init');
  await provider(program, folder, 'apply', '-auto-approve');
  const resources = resourcesIn(await provider(program, folder, 'show', '-json'));
  return resources.find(({ type }) => type === 'aws_instance')!.values.user_data;
}

test('a whole stack with packages and commands', async () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the machine's shell reads it, Terraform does not
  const beforeStart = ['echo "${HOME}: 100%{x} #no comment" > /root/note', "printf '%s\\n' a: b"];
  const packages = ['postgresql-15', 'redis-server'];
  const text = await userDataOf({ profile: 'c6i.8xlarge', packages, beforeStart });
  expect(text).toMatch(/^#cloud-config\n/);
  expect(parse(text)).toMatchObject({ packages, runcmd: expect.arrayContaining(beforeStart) });
  expect(await checkUserData(text)).toMatch(/^Valid cloud-config: /);
});

test('one service, and what cloud-init would refuse', async () => {
  const text = await userDataOf({ profile: 'm7g.large', external: ['postgres', 'redis'] });
  expect(await checkUserData(text)).toMatch(/^Valid cloud-config: /);
  const wrong = text.replace('permissions:', 'permission:');
  expect(wrong).not.toBe(text);
  await expect(checkUserData(wrong)).rejects.toThrow("'permission' was unexpected");
});

test('what Terraform compresses is the same text', async () => {
  const app = new App({ outdir: temporaryFolder() });
  const stack = new TerraformStack(app, 'demo');
  new LocalBackend(stack, { path: 'terraform.tfstate' });
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the machine's shell reads it, Terraform does not
  const beforeStart = ['echo ${HOME} 100%{x}', 'echo back\\slash', 'echo "$${x}"\t\u0007\u007f\b\f\r\n<&> ü 𝄞\u2028'];
  const names = new TerraformVariable(stack, 'names', { type: 'list(string)', default: ['a', 'b'] }).listValue;
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a text that YAML, HCL and a shell would each take otherwise
  const value = '{"a": "b\\c"}\n${x} %{y} \' " #';
  const secret = new TerraformVariable(stack, 'secret', { type: 'string', default: value }).stringValue;
  const machine = new VirtualMachine(stack, 'machine', {
    profile: 'c6i.8xlarge',
    packages: [secret],
    beforeStart: [...beforeStart, `fetch ${Fn.join('-', names)}`, `echo "\${X:-${secret}}"\n$${secret}`],
  });
  const outputs = {
    plain: machine.userData,
    base64: machine.userDataBase64,
    encoded: Fn.base64encode(machine.userData),
  };
  for (const [name, value] of Object.entries(outputs)) new TerraformOutput(stack, name, { value, staticId: true });
  app.synth();
  const [program, folder] = [findTerraform(), join(app.outdir, 'stacks/demo')];
  await terraform(program, folder, ['init']);
  await terraform(program, folder, ['apply', '-auto-approve']);
  const { plain, base64, encoded } = JSON.parse(await terraform(program, folder, ['output', '-json']));
  const text = gunzipSync(Buffer.from(base64.value, 'base64')).toString();
  expect(text).toBe(plain.value);
  expect(Buffer.from(encoded.value, 'base64').toString()).toBe(text);
  const { packages, runcmd } = parse(text);
  expect(packages).toEqual([value]);
  expect(runcmd).toEqual(expect.arrayContaining([...beforeStart, 'fetch a-b', `echo "\${X:-${value}}"\n$${value}`]));
});
