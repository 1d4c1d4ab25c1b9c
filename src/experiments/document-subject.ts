/** What the documents of a run speak of: which weights, data and engine. */
import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { configurationHash } from '../configuration/index.ts';
import type { Engine } from '../engines/engine.ts';
import { type DocumentSubject, engineSubject } from '../analysis/index.ts';
import type { CheckpointName, Run, Trained } from '../runs/index.ts';

/** The subject of a run's checkpoint that was loaded into an engine. */
export function runSubject(
  run: Run,
  checkpoint: CheckpointName,
  { network, test, epoch, step }: Trained,
  engine: Engine,
): DocumentSubject {
  const { configuration } = run;
  return {
    run: basename(resolve(run.directory)),
    configuration: configurationHash(configuration),
    regime: configuration.regime.name,
    seed: configuration.seed,
    network: network.name,
    checkpoint: { name: checkpoint, epoch, step, digest: digestOfValues(engine, network) },
    dataset: { name: test.name, checksum: test.checksum },
    engine: engineSubject(engine.describe()),
  };
}

/** sha256 over the names and values of a network's variables. */
function digestOfValues(engine: Engine, { variables }: Trained['network']): string {
  const hash = createHash('sha256');
  for (const variable of variables) {
    const values = engine.read(variable);
    hash.update(variable.name);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}
