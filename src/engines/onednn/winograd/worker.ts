/**
 * What runs in every thread of a team, and the whole life of a worker.
 *
 * The functions here travel: they are sent to the workers as source text, because a file of this package cannot be a
 * worker's entry both before and after it is built. They must not use any name from outside themselves.
 */

import type { Gemm, GemmSource, KernelExports } from './host.ts';
import type { Call } from './kernels.ts';

/** Shared words: what is claimed (generation and next item), items finished, the phase, whether an item failed. */
export const WORDS = 4;

type Execute = (item: readonly Call[]) => void;

/** The items of a phase; without any, that it is over for good. */
export interface PhaseMessage {
  readonly id: number;
  readonly items?: readonly (readonly Call[])[];
}

/** The kernels of one thread: the module's exports, and the product repeated over planes. */
export function createExecutor(transforms: KernelExports, gemm: Gemm): Execute {
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

/** Claims and executes items of one generation until none is left: words are [claim, finished, phase, failed]. */
export function drainPhase(
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

/** A worker's whole life: wait for a phase, help with it, wait again. */
function helpForever(
  words: Int32Array,
  receive: () => PhaseMessage | undefined,
  execute: Execute,
  drain: typeof drainPhase,
): never {
  const spins = 2000;
  const phases = new Map<number, readonly (readonly Call[])[]>();
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
      if (message?.items !== undefined) phases.set(message.id, message.items);
      else if (message !== undefined) phases.delete(message.id);
    }
    drain(words, claim >>> 16, phases.get(id) ?? [], execute);
    // All items are claimed; until the caller closes the phase there is nothing to do.
    while (Atomics.load(words, 0) >>> 16 === claim >>> 16 && (Atomics.load(words, 0) & 0xffff) !== 0xffff);
  }
}

/** The text of a worker, which finds its memory, port and phases' words in its workerData. */
export const workerSource = <Context>(gemm: GemmSource<Context>): string => `
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
