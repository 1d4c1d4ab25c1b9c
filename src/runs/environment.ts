/** environment.json: with what a run was made, so that its numbers can be explained later. Not the configuration. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { packageRoot, packageVersion } from '../configuration/index.ts';

const facts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

export const environmentSchema = z.object({
  dualbn: z.string(),
  node: z.string(),
  platform: z.string(),
  cpu: z.string(),
  cores: z.int(),
  memoryBytes: z.int(),
  /** Of this program, where it runs from a checkout. */
  commit: z.object({ hash: z.string(), modified: z.boolean() }).nullable(),
  started: z.string(),
  /** What the engine says of itself: name, version, instruction set, threads. */
  engine: facts,
  /** What was learned from: name, checksum, images. */
  data: facts,
});

export type Environment = Readonly<z.output<typeof environmentSchema>>;

/** The environment of this process, with what the engine and the data set say of themselves. */
export async function describeEnvironment(
  engine: Environment['engine'],
  data: Environment['data'],
): Promise<Environment> {
  return {
    dualbn: packageVersion,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    commit: await commitOf(packageRoot),
    started: new Date().toISOString(),
    engine,
    data,
  };
}

// Only where the package is its own checkout: inside node_modules the commit would be that of somebody else's project.
async function commitOf(folder: string): Promise<Environment['commit']> {
  if (!existsSync(join(folder, '.git'))) return null;
  const git = async (...command: string[]) =>
    (await promisify(execFile)('git', ['-C', folder, ...command], { timeout: 5000 })).stdout.trim();
  try {
    const hash = await git('rev-parse', 'HEAD');
    const modified = (await git('status', '--porcelain', '--untracked-files=no')) !== '';
    return { hash, modified };
  } catch {
    return null;
  }
}
