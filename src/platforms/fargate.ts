import { ONE_FILE_SYSTEM } from './ecs.ts';
import type { PairPlatform, PairRow } from './platform.ts';

/** 1024 CPU units are a vCPU. */
const pair = (cpuUnits: number, from: number, to: number, step: number): PairRow => {
  const cpuMillis = (cpuUnits * 1000) / 1024;
  return { cpuMillis: { from: cpuMillis, to: cpuMillis, step: 1 }, memoryMiB: { from, to, step } };
};

/**
 * AWS Fargate for Amazon ECS, Linux, platform version 1.4.0, 2026-06. A task is one replica of one service.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size
 */
export const fargate: PairPlatform = {
  name: 'fargate',
  kind: 'fargate',
  replicas: 'stack',
  scaling: 'stack',
  sysctls: ['net.*'],
  oneVolume: ONE_FILE_SYSTEM,
  pairs: [
    pair(256, 512, 1024, 512),
    pair(256, 2048, 2048, 1024),
    pair(512, 1024, 4096, 1024),
    pair(1024, 2048, 8192, 1024),
    pair(2048, 4096, 16_384, 1024),
    pair(4096, 8192, 30_720, 1024),
    pair(8192, 16_384, 61_440, 4096),
    pair(16_384, 32_768, 122_880, 8192),
  ],
  source: 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size',
  noSharedMemory: 'a task definition for Fargate takes no sharedMemorySize',
};
