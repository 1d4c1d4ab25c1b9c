/** How fast this machine is at the runs of a scale: image passes a second, from a step or two. For estimates alone. */
import type { Configuration } from '../configuration/index.ts';
import { createEngine } from '../engines/index.ts';
import { runBenchmark } from '../experiments/index.ts';

export async function measureSpeed(
  { network, batchSize, attack, engine: settings }: Configuration,
  signal: AbortSignal,
): Promise<number> {
  const engine = await createEngine(settings);
  try {
    const { trainStepMs } = await runBenchmark(engine, {
      network: network.name,
      ...(network.width === undefined ? {} : { width: network.width }),
      batch: batchSize,
      attackSteps: attack.steps,
      repetitions: { attack: 1, train: 2 },
      signal,
    });
    // As plan.ts counts them: two passes for a step of the attack, and two differentiated passes of three.
    return (batchSize * (2 * attack.steps + 6)) / (trainStepMs / 1000);
  } finally {
    await engine.dispose();
  }
}
