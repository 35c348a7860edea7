/**
 * Measures the built program; prints ratios to bare `node -e 0`, taken alternately in the same run, because absolute
 * times of shared machines mean little. `node bench/run.js [--full]`; --full also makes 10,000 bundles.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { plan, synth } from '../dist/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sizewright-bench-'));
const print = (text) => process.stdout.write(`${text}\n`);
const milliseconds = (step) => {
  const start = process.hrtime.bigint();
  step();
  return Number(process.hrtime.bigint() - start) / 1e6;
};
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Runs a node command; the bench stops when it fails. */
function runNode(args) {
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} exited with ${status}: ${stderr}`);
}

/** Alternates the commands with `node -e 0` and prints each one's median ratio to it. */
function coldStarts(commands, rounds) {
  const bare = [];
  const times = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    bare.push(milliseconds(() => runNode(['-e', '0'])));
    for (const [name, args] of Object.entries(commands)) times[name].push(milliseconds(() => runNode(args(round))));
  }
  print(`cold starts, median of ${rounds}; bare node -e 0: ${median(bare).toFixed(0)} ms`);
  for (const [name, values] of Object.entries(times)) {
    const ratio = median(values.map((value, index) => value / bare[index]));
    print(`  ${name.padEnd(44)} ${median(values).toFixed(0).padStart(5)} ms   ${ratio.toFixed(2)} x bare node`);
  }
}

/** Different hardware at each step, so that nothing can be remembered. */
const hardware = (index) => ({ cpu: `${4 + (index % 60)}`, memory: `${8192 + (index % 5000)}Mi` });

async function throughput(name, count, step) {
  const start = process.hrtime.bigint();
  for (let index = 0; index < count; index += 1) await step(index);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  print(
    `  ${name.padEnd(44)} ${(count / seconds).toFixed(0).padStart(5)} a second   (${count} in ${seconds.toFixed(2)} s)`,
  );
}

/** From the shell's start to the program's, less a shell that only starts the program. */
async function entrypoints() {
  const { artifacts } = await synth({ profiles: ['4cpu-8gi'], targets: ['docker'], mode: 'auto' });
  const scripts = mkdtempSync(join(tmpdir(), 'sizewright-bench-'));
  const env = {
    PATH: process.env.PATH,
    REDIS_PASSWORD: 'x',
    SIZEWRIGHT_CPU_MILLIS: '4000',
    SIZEWRIGHT_MEMORY_MIB: '8192',
  };
  const time = (shell, args) =>
    median(
      Array.from({ length: 31 }, () =>
        milliseconds(() => {
          const { status, error, stderr } = spawnSync(shell[0], [...shell.slice(1), ...args], { env });
          if (status !== 0) throw new Error(`${shell.join(' ')}: ${error ?? stderr}`);
        }),
      ),
    );
  print('entry point, ms until the program starts, median of 31, less a bare start of the shell');
  for (const shell of [['dash'], ['busybox', 'sh'], ['bash']]) {
    if (spawnSync(shell[0], [...shell.slice(1), '-c', ':']).error) continue;
    const bare = time(shell, ['-c', 'exec true']);
    for (const { path, contents } of artifacts.filter((one) => one.path.endsWith('entrypoint.sh'))) {
      const file = join(scripts, 'entrypoint.sh');
      writeFileSync(file, contents);
      const name = `${shell.join(' ')}: ${path.split('/').at(-2)}`;
      print(`  ${name.padEnd(44)} ${(time(shell, [file, 'true']) - bare).toFixed(1).padStart(6)} ms`);
    }
  }
  rmSync(scripts, { recursive: true });
}

const bin = 'dist/bin.js';
const fresh = (round) => join(folder, `cold-${round}`);
coldStarts(
  {
    'synth, every target, read back, first write': (round) => [
      bin,
      'synth',
      '--profile',
      'c6i.8xlarge',
      '-o',
      fresh(round),
    ],
    'synth again, nothing to change': (round) => [bin, 'synth', '--profile', 'c6i.8xlarge', '-o', fresh(round)],
    'synth --target env -o -': () => [bin, 'synth', '--profile', 'c6i.8xlarge', '--target', 'env', '-o', '-'],
    'synth --target compose -o -': () => [bin, 'synth', '--profile', 'c6i.8xlarge', '--target', 'compose', '-o', '-'],
    plan: () => [bin, 'plan', '--profile', 'c6i.8xlarge'],
    explain: () => [bin, 'explain', '--profile', 'c6i.8xlarge', 'api.ONNX_POOL_SIZE'],
    '--help': () => [bin, '--help'],
  },
  15,
);

await entrypoints();
print('in one process');
await throughput('warm-up', 200, (index) => synth(hardware(index)));
await throughput('plans', 3000, (index) => plan({ ...hardware(index), platforms: ['host'] }));
for (const count of process.argv.includes('--full') ? [10, 100, 1000, 10_000] : [10, 100, 1000]) {
  await throughput(`bundles with read-back, ${count}`, count, (index) => synth(hardware(index)));
}
rmSync(folder, { recursive: true });
