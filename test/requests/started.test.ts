import { describe, expect, it } from 'vitest';
import { packageFiles, runCommand } from '../commands.ts';
import { memoryFiles } from '../samples.ts';

const RECORD =
  'stack=spatialvortex service=api cpuMillis=4000 memoryMiB=8192 availableMiB=7245 statedMiB=none usedMiB=9 kernelCpuMillis=4000 kernelMemoryMiB=8192 ACTIX_WORKERS=12 CACHE_SIZE_MB_MAX=1000';
const TEXTS = {
  'the output of env': `PATH=/bin\nACTIX_WORKERS=12\nCACHE_SIZE_MB=1000\nSIZEWRIGHT_STARTED=${RECORD}\nHOME=/\n`,
  '/proc/PID/environ': `PATH=/bin\0ACTIX_WORKERS=12\0SIZEWRIGHT_STARTED=${RECORD}\0HOME=/\0`,
  'a summary': `sizewright: api of spatialvortex, values computed at start\n  ACTIX_WORKERS     12 workers   cores * 2 = 8\n  record     SIZEWRIGHT_STARTED="${RECORD}"\n`,
  'a summary in JSON': `{"sizewright":"parameter","name":"ACTIX_WORKERS","value":12}\n{"sizewright":"record","SIZEWRIGHT_STARTED":"${RECORD}"}\n`,
  'a log of two starts': `SIZEWRIGHT_STARTED=${RECORD.replace('8192', '9000')}\nSIZEWRIGHT_STARTED=${RECORD}\n`,
};
const explained = (text: string, ...words: string[]) =>
  runCommand(['explain', '--environ', 'app.env', ...words], { files: packageFiles({ 'app.env': text }) });

describe('explain --environ', () => {
  it.each(Object.entries(TEXTS))('reads %s', async (_, text) => {
    const { exit, out, err } = await explained(text, 'api.ACTIX_WORKERS', 'api.CACHE_SIZE_MB');
    expect([exit, err]).toEqual([0, '']);
    const [workers, cache] = out.split('\n\n');
    expect(workers).toMatch(/^api\.ACTIX_WORKERS = 12 workers {3}on 4cpu-8gi-at-start, host/);
    expect(workers).toMatch(/\n {2}override +12 {2}pinned by the operator \(ACTIX_WORKERS\)\n/);
    expect(cache).toMatch(/\n {2}bounds +1,000 {2}128\.\.1,000 .*set by the operator \(CACHE_SIZE_MB_MAX\)\n/);
    expect(cache).toContain('of 7,245 MiB');
  });

  it('says where the process has another value', async () => {
    const { err } = await explained(`DB_POOL_SIZE=17\nSIZEWRIGHT_STARTED=${RECORD}\n`, 'api.DB_POOL_SIZE');
    expect(err).toContain('STARTED_OTHERWISE api.DB_POOL_SIZE: expected 16 from what was recorded, got 17');
  });

  it("explains a service that isn't the main one", async () => {
    const record = 'stack=spatialvortex service=redis cpuMillis=4000 memoryMiB=8192 availableMiB=6144 io_threads_MAX=2';
    const { out } = await explained(`SIZEWRIGHT_STARTED=${record}`, 'redis.io_threads');
    expect(out).toMatch(/^redis\.io_threads = 2 threads/);
  });

  it.each([
    ['', 'PROFILE_INVALID\napp.env: expected SIZEWRIGHT_STARTED as an entry point of --mode auto records it, got none'],
    [`SIZEWRIGHT_STARTED=${RECORD.replace('=4000', '=010')}`, 'got cpuMillis=010'],
    [`SIZEWRIGHT_STARTED=${RECORD.replace('=7245', '=99999')}`, 'got availableMiB=99999'],
    [`SIZEWRIGHT_STARTED=${RECORD.replace('service=api', 'service=$(reboot)')}`, 'SERVICE_UNKNOWN'],
  ])('refuses %j', async (text, says) => {
    const { exit, out, err } = await explained(text);
    expect([exit, out]).toEqual([1, '']);
    expect(err).toContain(says);
  });

  it('takes no other hardware, and wants the file', async () => {
    const { exit, err } = await explained(TEXTS['a summary'], '--cpu', '4');
    expect([exit, err]).toEqual([64, expect.stringContaining('got --cpu')]);
    const missing = await runCommand(['explain', '--environ', 'app.env'], {
      files: { ...packageFiles(), ...memoryFiles({}) },
    });
    expect(missing).toMatchObject({ exit: 1, err: expect.stringContaining('FILE_UNREADABLE') });
  });
});
