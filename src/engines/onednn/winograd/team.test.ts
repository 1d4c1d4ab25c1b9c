import { afterEach, describe, expect, it } from 'vitest';
import { RunError } from '../../../errors.ts';
import { createSharedMemory, type Gemm, type SharedMemory } from './host.ts';
import { call } from './kernels.ts';
import { createTeam, type Team } from './team.ts';

const memory = createSharedMemory(1 << 20);
let top = 64;
const allocate = (bytes: number) => {
  const at = top;
  top = Math.ceil((top + bytes) / 64) * 64;
  return at;
};

interface Marks {
  /** Words: products of the calling thread, products of the worker, threads that opened their product. */
  readonly counts: number;
  readonly failInWorker: boolean;
}

/** A "product" that counts who was asked, and is slow enough for another thread to arrive. */
function openCounter(shared: SharedMemory, { counts, failInWorker }: Marks): Gemm {
  const words = new Int32Array(shared.buffer, counts, 3);
  // The team opens the caller's product before it starts a worker.
  const who = Atomics.add(words, 2, 1);
  return {
    product: () => {
      if (who > 0 && failInWorker) throw new Error('no such kernel');
      Atomics.add(words, who, 1);
      const until = performance.now() + 0.2;
      while (performance.now() < until);
    },
    enter: () => {},
    leave: () => {},
  };
}

const product = call('product', {
  transposeLeft: 0,
  rows: 1,
  columns: 1,
  inner: 1,
  left: 0,
  leftStride: 1,
  leftPlane: 0,
  right: 0,
  rightStride: 1,
  rightPlane: 0,
  accumulate: 0,
  result: 0,
  resultStride: 1,
  resultPlane: 0,
  count: 1,
});

describe('a team of threads', () => {
  let team: Team | undefined;
  afterEach(() => team?.close());

  const start = (failInWorker: boolean) => {
    const counts = allocate(12);
    team = createTeam({
      memory,
      threads: 2,
      block: 8,
      allocate,
      gemm: { open: openCounter, context: { counts, failInWorker } },
    });
    return { team, counts: new Int32Array(memory.buffer, counts, 2) };
  };
  const untilWorkerTakesPart = async (run: () => void, done: () => boolean) => {
    for (let attempt = 0; attempt < 500 && !done(); attempt++) {
      run();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };

  it('does every item once, whoever does it', async () => {
    const { team, counts } = start(false);
    const phase = team.phase(() => Array.from({ length: 20 }, () => [product]));
    let runs = 0;
    await untilWorkerTakesPart(
      () => {
        team.run([phase, phase]);
        runs++;
        expect(counts[0] + counts[1]).toBe(runs * 40);
      },
      () => counts[1] > 0,
    );
    expect(counts[1]).toBeGreaterThan(0);
  });

  it('turns a failure in a worker into a RunError of the caller', async () => {
    const { team } = start(true);
    const phase = team.phase(() => Array.from({ length: 20 }, () => [product]));
    let failure: unknown;
    await untilWorkerTakesPart(
      () => {
        try {
          team.run([phase]);
        } catch (error) {
          failure = error;
        }
      },
      () => failure !== undefined,
    );
    expect(failure).toBeInstanceOf(RunError);
  });
});
