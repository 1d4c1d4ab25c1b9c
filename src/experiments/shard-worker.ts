/** The process that evaluates one shard; evaluate-in-processes.ts starts it and says what to do. */
import { createEngine } from '../engines/index.ts';
import { performTask } from '../processes/index.ts';
import { openRun } from '../runs/index.ts';
import type { ShardSaid, ShardTask } from './evaluate-in-processes.ts';
import { planEvaluation } from './evaluate-run.ts';
import { evaluateShard } from './evaluate-shards.ts';

performTask<ShardTask, ShardSaid, 'done'>(async (task, { signal, say, sayNowAndThen }) => {
  const { directory, request, engine: options, shard, data } = task;
  const run = openRun(directory);
  const plan = planEvaluation(run.configuration, request);
  await using engine = await createEngine(options);
  await evaluateShard(run, engine, plan, shard, {
    ...{ environment: process.env, signal },
    ...(data === undefined ? {} : { directory: data }),
    onProgress: (progress) => sayNowAndThen({ progress }),
    onStage: (finished) => say({ finished }),
  });
  return 'done';
});
