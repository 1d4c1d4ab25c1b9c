/** What the documents of a run speak of: which weights, data and engine. */
import { basename, resolve } from 'node:path';
import { configurationHash } from '../configuration/index.ts';
import type { Engine } from '../engines/engine.ts';
import { type DocumentSubject, engineSubject } from '../evaluation/index.ts';
import type { Run, Trained } from '../runs/index.ts';

/** The subject of a run's checkpoint that was loaded into an engine. */
export function runSubject(
  run: Run,
  { network, test, checkpoint }: Trained,
  engine: Engine,
): DocumentSubject {
  const { configuration } = run;
  return {
    run: basename(resolve(run.directory)),
    configuration: configurationHash(configuration),
    regime: configuration.regime.name,
    seed: configuration.seed,
    network: network.name,
    checkpoint: { ...checkpoint },
    dataset: { name: test.name, checksum: test.checksum },
    engine: engineSubject(engine.describe()),
  };
}
