/**
 * The whole catalogue: every machine through synth (env, docker, compose, kubernetes, read back, nothing written) on two
 * threads, with the memory that takes; and a cold plan of one machine with ten families in the package against all.
 * `npm run build && node bench/catalogue.js`
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { synth } from '../dist/index.js';

const THREADS = 2;
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const seconds = (since) => Number(process.hrtime.bigint() - since) / 1e9;
const print = (text) => process.stdout.write(`${text}\n`);

if (isMainThread) {
  await wholeCatalogue();
  coldLookUp(15);
} else parentPort.postMessage(await synthEach(workerData));

/** @returns files made, and how many machines hold a plan of the stack on both platforms, and on `host` alone */
async function synthEach(names) {
  const host = ['env', 'docker', 'compose'];
  const made = { files: 0, both: 0, host: 0 };
  for (const name of names) {
    const all = await filesOf(name, [...host, 'kubernetes']);
    const some = all === 0 ? await filesOf(name, host) : 0;
    made.files += all + some;
    made.both += Number(all > 0);
    made.host += Number(some > 0);
  }
  return made;
}

/** None where a machine is too small. */
async function filesOf(name, targets) {
  try {
    return (await synth({ profiles: [name], targets })).artifacts.length;
  } catch (error) {
    if (!['ALLOCATION_EXCEEDED', 'BUDGET_EXCEEDED', 'CONSTRAINT_UNSATISFIED'].includes(error.code)) throw error;
    return 0;
  }
}

async function wholeCatalogue() {
  const { stdout } = spawnSync(process.execPath, [join(dist, 'bin.js'), 'profiles', 'list', '--format', 'json'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const names = JSON.parse(stdout).map(({ provider, name }) => `${provider}:${name}`);
  const start = process.hrtime.bigint();
  const used = process.cpuUsage();
  const residentMiB = [];
  const sample = () => residentMiB.push(Math.round(process.memoryUsage.rss() / 2 ** 20));
  const timer = setInterval(sample, 500);
  const made = await Promise.all(
    Array.from({ length: THREADS }, (_, thread) => {
      const worker = new Worker(new URL(import.meta.url), {
        workerData: names.filter((_, index) => index % THREADS === thread),
      });
      return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    }),
  );
  clearInterval(timer);
  sample();
  const { user, system } = process.cpuUsage(used);
  const sum = (field) => made.reduce((total, one) => total + one[field], 0);
  print(
    `${names.length} machines x env, docker, compose, kubernetes, read back, ${THREADS} threads: ${seconds(start).toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of CPU`,
  );
  print(
    `  ${sum('files')} files; ${sum('both')} machines hold the stack on both platforms, ${sum('host')} on host alone`,
  );
  const at = (part) => residentMiB[Math.floor((residentMiB.length - 1) * part)];
  print(`  resident: ${at(0.25)} MiB after a quarter of the time, ${at(0.5)} half, ${at(1)} at the end`);
}

/** The same package twice, once with ten families left. */
function coldLookUp(rounds) {
  const folder = mkdtempSync(join(tmpdir(), 'sizewright-catalogue-'));
  const few = join(folder, 'dist');
  cpSync(dist, few, { recursive: true });
  const families = join(few, 'data/profiles');
  rmSync(families, { recursive: true });
  mkdirSync(join(families, 'aws'), { recursive: true });
  const kept = ['c5', 'c6i', 'c7g', 'm5', 'm6i', 'm7g', 'r5', 'r6i', 'r7g', 't3'];
  for (const name of readdirSync(join(dist, 'data/profiles/aws')).filter((file) => kept.includes(file.split('.')[0])))
    cpSync(join(dist, 'data/profiles/aws', name), join(families, 'aws', name));
  const plan = (place) => {
    const start = process.hrtime.bigint();
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(place, 'bin.js'), 'plan', '--profile', 'c6i.8xlarge'],
      {
        encoding: 'utf8',
      },
    );
    if (status !== 0) throw new Error(stderr);
    return seconds(start);
  };
  const ratios = Array.from({ length: rounds }, () => plan(dist) / plan(few)).toSorted((a, b) => a - b);
  rmSync(folder, { recursive: true });
  print(
    `cold plan of one machine, all families : ten families, median of ${rounds}: ${ratios[Math.floor(rounds / 2)].toFixed(2)}`,
  );
}
