/** A logger of one's own, and early stopping: training tells callbacks what it did, and they may stop it. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Callback, earlyStopping, train } from 'dualbn';
import { datasets, settings } from './toy-data.ts';

const logger: Callback = {
  onEpoch({ epoch, train: { loss }, validation }) {
    console.log(`epoch ${epoch}: loss ${loss.toFixed(3)}, robust ${validation?.robust.toFixed(2)}`);
  },
};

const enough: Callback = {
  onEvaluation({ validation }, { stop }) {
    if (validation.clean >= 0.9) stop(`clean accuracy ${validation.clean.toFixed(2)} is enough`);
  },
};

const folder = await mkdtemp(join(tmpdir(), 'dualbn-callbacks-'));
const { ended, reason, epoch } = await train({
  settings: { ...settings, epochs: 20 },
  datasets,
  directory: join(folder, 'run'),
  callbacks: [logger, enough, earlyStopping({ metric: 'robust', patience: 5 })],
});
console.log(`${ended} after ${epoch} epochs: ${reason}`);
