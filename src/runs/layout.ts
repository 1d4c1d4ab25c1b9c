/** What lies where in a run directory. Not what is in the files: each has its own module. */

import { join } from 'node:path';

export interface RunPaths {
  /** The resolved configuration, complete. */
  readonly configuration: string;
  /** What was typed: presets, files and --set; and the trained values it starts from, if it does. */
  readonly origin: string;
  /** Versions, engine, machine, commit, data checksum. */
  readonly environment: string;
  /** Append-only, a JSON record a line. */
  readonly metrics: string;
  /** A row an epoch. */
  readonly summary: string;
  readonly checkpoints: string;
  readonly evaluations: string;
  readonly analyses: string;
  readonly report: string;
  readonly lock: string;
}

export function runPaths(directory: string): RunPaths {
  return {
    configuration: join(directory, 'configuration.yaml'),
    origin: join(directory, 'origin.json'),
    environment: join(directory, 'environment.json'),
    metrics: join(directory, 'metrics.jsonl'),
    summary: join(directory, 'summary.csv'),
    checkpoints: join(directory, 'checkpoints'),
    evaluations: join(directory, 'evaluations'),
    analyses: join(directory, 'analyses'),
    report: join(directory, 'report.html'),
    lock: join(directory, 'lock'),
  };
}

/** `last`: the state training continues from. `best`: the best by validation. */
export type CheckpointName = 'last' | 'best';

export function checkpointPath(directory: string, name: CheckpointName): string {
  return join(runPaths(directory).checkpoints, `${name}.safetensors`);
}
