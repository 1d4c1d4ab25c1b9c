/**
 * Threads that run the items of a phase together: the calling thread and `threads - 1` workers over one shared memory.
 * An item is claimed with a compare-and-swap; whoever is late or descheduled simply does fewer. A phase ends when all its
 * items are done, so phases are the barriers.
 *
 * It is not a general pool. Workers wait in Atomics.wait, so they hear of new phases only through the port they poll.
 *
 * The functions marked "travels" are sent to the workers as source text, because a file of this package cannot be a
 * worker's entry both before and after it is built: they must not use any name from outside themselves.
 */
import { createRequire } from 'node:module';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { RunError } from '../../../errors.ts';
import { AREA_BYTES } from './area.ts';
import { type CompiledModule, instantiate, type KernelExports, type SharedMemory } from './host.ts';
import { type Block, type Call, compileKernels } from './kernels.ts';

/** One thread's matrix product over the shared memory; all places are byte offsets, strides count floats. */
export interface Gemm {
  /** result (+)= left right; left is [rows, inner], or [inner, rows] where transposed; right is [inner, columns]. */
  readonly product: (
    transposeLeft: number,
    rows: number,
    columns: number,
    inner: number,
    left: number,
    leftStride: number,
    right: number,
    rightStride: number,
    accumulate: number,
    result: number,
    resultStride: number,
  ) => void;
  /** Called on the calling thread before and after products: while entered, a product uses its own thread only. */
  readonly enter: () => void;
  readonly leave: () => void;
}

/** How each thread gets its matrix product: `open` travels, `context` is cloned with it. */
export interface GemmSource<Context> {
  readonly open: (memory: SharedMemory, context: Context, require: NodeJS.Require) => Gemm;
  readonly context: Context;
}

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
}

export interface Team {
  readonly threads: number;
  /** Items of one phase; `itemsOf` is asked once for each thread, which may have scratch of its own. */
  readonly phase: (itemsOf: (thread: number) => readonly (readonly Call[])[]) => Phase;
  /** Runs phases one after the other, with products on their own threads only. */
  readonly run: (phases: readonly Phase[]) => void;
  readonly close: () => Promise<void>;
}

const PRODUCT_FAILED =
  'A matrix product failed inside a Winograd convolution. Ask for direct convolutions, and report this.';

type Execute = (item: readonly Call[]) => void;

interface WorkerStart {
  readonly module: CompiledModule;
  readonly memory: SharedMemory;
  readonly area: number;
  readonly words: number;
  readonly port: MessagePort;
  readonly context: unknown;
  readonly home: string;
}

interface PhaseMessage {
  readonly id: number;
  readonly items: readonly (readonly Call[])[];
}

/** Shared words: what is claimed (generation and next item), items finished, the phase, whether an item failed. */
const WORDS = 4;
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

  return {
    threads,
    phase: (itemsOf) => {
      const items = itemsOf(0);
      if (items.length === 1 || threads === 1) return { run: () => items.forEach(execute) };
      const id = ++phases;
      helpers.forEach(({ port }, index) => {
        port.postMessage({ id, items: itemsOf(index + 1) } satisfies PhaseMessage);
      });
      return { run: () => runShared(id, items) };
    },
    run: (list) => {
      if (failure !== undefined) throw new RunError(`A Winograd worker thread failed: ${failure.message}`);
      own.enter();
      try {
        for (const phase of list) phase.run();
      } finally {
        own.leave();
      }
    },
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

/** Travels. The kernels of one thread: the module's exports, and the product repeated over planes. */
function createExecutor(transforms: KernelExports, gemm: Gemm): Execute {
  const kernels: KernelExports = {
    ...transforms,
    product: (transposeLeft, rows, columns, inner, ...rest) => {
      const [left, leftStride, leftPlane, right, rightStride, rightPlane, accumulate] = rest;
      const [result, resultStride, resultPlane, count] = rest.slice(7);
      for (let i = 0; i < count; i++) {
        const [a, b, c] = [left + i * leftPlane, right + i * rightPlane, result + i * resultPlane];
        gemm.product(
          transposeLeft,
          rows,
          columns,
          inner,
          a,
          leftStride,
          b,
          rightStride,
          accumulate,
          c,
          resultStride,
        );
      }
    },
  };
  return (item) => {
    for (const { kernel, args } of item) kernels[kernel](...args);
  };
}

/** Travels. Claims and executes items of one generation until none is left: words are [claim, finished, phase, failed]. */
function drainPhase(
  words: Int32Array,
  generation: number,
  items: readonly (readonly Call[])[],
  execute: Execute,
): void {
  for (;;) {
    const claim = Atomics.load(words, 0);
    const index = claim & 0xffff;
    if (claim >>> 16 !== generation || index >= items.length) return;
    if (Atomics.compareExchange(words, 0, claim, claim + 1) !== claim) continue;
    try {
      execute(items[index]);
    } catch {
      Atomics.store(words, 3, 1);
    }
    Atomics.add(words, 1, 1);
  }
}

/** Travels. A worker's whole life: wait for a phase, help with it, wait again. */
function helpForever(
  words: Int32Array,
  receive: () => PhaseMessage | undefined,
  execute: Execute,
  drain: typeof drainPhase,
): never {
  const spins = 2000;
  const phases = new Map<number, PhaseMessage['items']>();
  for (;;) {
    let claim = Atomics.load(words, 0);
    for (let spin = 0; spin < spins && (claim & 0xffff) === 0xffff; spin++) claim = Atomics.load(words, 0);
    if ((claim & 0xffff) === 0xffff) {
      Atomics.wait(words, 0, claim);
      continue;
    }
    const id = Atomics.load(words, 2);
    while (!phases.has(id)) {
      const message = receive();
      if (message !== undefined) phases.set(message.id, message.items);
    }
    drain(words, claim >>> 16, phases.get(id) ?? [], execute);
    // All items are claimed; until the caller closes the phase there is nothing to do.
    while (Atomics.load(words, 0) >>> 16 === claim >>> 16 && (Atomics.load(words, 0) & 0xffff) !== 0xffff);
  }
}

const workerSource = <Context>(gemm: GemmSource<Context>): string => `
const { workerData, receiveMessageOnPort } = require('node:worker_threads');
const { module, memory, area, words, port, context, home } = workerData;
const gemm = (${gemm.open})(memory, context, require('node:module').createRequire(home));
gemm.enter();
const transforms = new WebAssembly.Instance(module, { host: { memory, area } }).exports;
const execute = (${createExecutor})(transforms, gemm);
(${helpForever})(
  new Int32Array(memory.buffer, words, ${WORDS}),
  () => receiveMessageOnPort(port)?.message,
  execute,
  ${drainPhase},
);
`;
