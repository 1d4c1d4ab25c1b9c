/**
 * Threads that run the items of a phase together: the calling thread and `threads - 1` workers over one shared memory.
 * An item is claimed with a compare-and-swap; whoever is late or descheduled simply does fewer. A phase ends when all its
 * items are done, so phases are the barriers.
 *
 * It is not a general pool. Workers wait in Atomics.wait, so they hear of new phases only through the port they poll.
 */
import { createRequire } from 'node:module';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { RunError } from '../../../errors.ts';
import { AREA_BYTES, type CompiledModule, type GemmSource, instantiate, type SharedMemory } from './host.ts';
import { type Block, type Call, compileKernels } from './kernels.ts';
import { createExecutor, drainPhase, type PhaseMessage, WORDS, workerSource } from './worker.ts';

export interface TeamOptions<Context> {
  readonly memory: SharedMemory;
  readonly threads: number;
  readonly block: Block;
  readonly gemm: GemmSource<Context>;
  /** Gives the byte offset of that many bytes, aligned to 64, zero-filled, that nobody else uses. */
  readonly allocate: (bytes: number) => number;
}

export interface Phase {
  readonly run: () => void;
  /** Lets all threads forget the phase. */
  readonly release: () => void;
}

/** Work with all its addresses settled, until it is released. */
export interface Bound {
  readonly run: () => void;
  readonly release: () => void;
}

export interface Team {
  readonly threads: number;
  /** Items of one phase; `itemsOf` is asked once for each thread, which may have scratch of its own. */
  readonly phase: (itemsOf: (thread: number) => readonly (readonly Call[])[]) => Phase;
  /** Runs phases one after the other, with products on their own threads only. */
  readonly run: (phases: readonly Phase[]) => void;
  /** The same as one piece of work. */
  readonly bound: (phases: readonly Phase[]) => Bound;
  readonly close: () => Promise<void>;
}

const PRODUCT_FAILED =
  'A matrix product failed inside a Winograd convolution. Ask for direct convolutions, and report this.';

interface WorkerStart {
  readonly module: CompiledModule;
  readonly memory: SharedMemory;
  readonly area: number;
  readonly words: number;
  readonly port: MessagePort;
  readonly context: unknown;
  readonly home: string;
}

/** In the lower half of the first word: nothing to claim. */
const CLOSED = 0xffff;

export function createTeam<Context>(options: TeamOptions<Context>): Team {
  const { memory, threads, block, gemm, allocate } = options;
  const module = compileKernels(block);
  const require = createRequire(import.meta.url);
  const wordsAt = allocate(WORDS * 4);
  const words = new Int32Array(memory.buffer, wordsAt, WORDS);
  Atomics.store(words, 0, CLOSED);
  const areas = Array.from({ length: threads }, () => allocate(AREA_BYTES));
  const own = gemm.open(memory, gemm.context, require);
  const execute = createExecutor(instantiate(module, memory, areas[0]), own);

  let failure: Error | undefined;
  const helpers = areas.slice(1).map((area) => {
    const { port1: port, port2 } = new MessageChannel();
    port.unref();
    const start: WorkerStart = {
      module,
      memory,
      area,
      words: wordsAt,
      port: port2,
      context: gemm.context,
      home: import.meta.url,
    };
    const worker = new Worker(workerSource(gemm), { eval: true, workerData: start, transferList: [port2] });
    worker.unref();
    worker.on('error', (error) => {
      failure = error;
    });
    return { port, worker };
  });

  let phases = 0;
  let generation = 0;
  const runShared = (id: number, items: readonly (readonly Call[])[]) => {
    generation = (generation + 1) & CLOSED;
    Atomics.store(words, 1, 0);
    Atomics.store(words, 2, id);
    Atomics.store(words, 0, generation << 16);
    Atomics.notify(words, 0);
    drainPhase(words, generation, items, execute);
    waitForItems(words, items.length);
    // Closed, so that nobody takes the old generation's index for the next phase's.
    Atomics.store(words, 0, (generation << 16) | CLOSED);
    if (Atomics.exchange(words, 3, 0) !== 0) throw new RunError(PRODUCT_FAILED);
  };

  const run = (list: readonly Phase[]) => {
    if (failure !== undefined) throw new RunError(`A Winograd worker thread failed: ${failure.message}`);
    own.enter();
    try {
      for (const phase of list) phase.run();
    } finally {
      own.leave();
    }
  };

  return {
    threads,
    phase: (itemsOf) => {
      const items = itemsOf(0);
      if (items.length === 1 || threads === 1)
        return { run: () => items.forEach(execute), release: () => {} };
      const id = ++phases;
      helpers.forEach(({ port }, index) => {
        port.postMessage({ id, items: itemsOf(index + 1) } satisfies PhaseMessage);
      });
      return {
        run: () => runShared(id, items),
        release: () => {
          for (const { port } of helpers) port.postMessage({ id } satisfies PhaseMessage);
        },
      };
    },
    run,
    bound: (list) => ({
      run: () => run(list),
      release: () => {
        for (const phase of list) phase.release();
      },
    }),
    close: async () => {
      for (const { port } of helpers) port.close();
      await Promise.all(helpers.map(({ worker }) => worker.terminate()));
    },
  };
}

/** The last item is usually being finished right now; a helper that lost its processor may need longer. */
function waitForItems(words: Int32Array, count: number): void {
  for (let spin = 0; Atomics.load(words, 1) < count; spin++) {
    if (spin > 100_000) Atomics.wait(words, 1, Atomics.load(words, 1), 0.1);
  }
}
