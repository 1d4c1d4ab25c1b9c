/**
 * A compiled program: kernels in a fixed order, with everything about them settled. `run` does nothing but run them.
 */
import { InputError } from '../../errors.ts';
import type { Step } from '../../graph/step.ts';
import { showShape, sizeOf } from '../../graph/tensor.ts';
import type { Program, Values } from '../engine.ts';

/** A kernel with its memory: does its work when called. */
export interface Action {
  readonly name: string;
  readonly run: () => void;
}

/** Time of one kind of kernel in all runs so far. */
export interface ProfileLine {
  readonly name: string;
  readonly calls: number;
  readonly milliseconds: number;
}

export interface OnednnProgram extends Program {
  /** Where the time went, the largest first; empty unless the engine was told to profile. */
  readonly profile: readonly ProfileLine[];
  /** Bytes of scratch memory. */
  readonly scratchBytes: number;
}

/** Timers, signals and progress get their turn at least this often, kernels being what they are. */
const BREATH_MILLISECONDS = 50;

const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));

export interface ProgramParts {
  readonly step: Step;
  readonly actions: readonly Action[];
  readonly inputs: ReadonlyMap<string, Float32Array>;
  /** Filled anew by the actions of every run. */
  readonly outputs: ReadonlyMap<string, Float32Array>;
  readonly scratchBytes: number;
  readonly profiled: boolean;
  /** Before each stretch of kernels: other code may have changed the number of threads meanwhile. */
  readonly prepare: () => void;
}

function feed({ step, inputs }: ProgramParts, values: Values): void {
  for (const { attributes, shape } of step.inputs) {
    const { name } = attributes;
    const given = values[name];
    if (!given) throw new InputError(`step ${step.name}: the input ${name} ${showShape(shape)} is missing`);
    if (given.length !== sizeOf(shape))
      throw new InputError(
        `step ${step.name}: input ${name} ${showShape(shape)} needs ${sizeOf(shape)} values, not ${given.length}`,
      );
    inputs.get(name)?.set(given);
  }
}

export function createProgram(parts: ProgramParts): OnednnProgram {
  const { step, actions, outputs, profiled, prepare } = parts;
  const spent = new Map<string, { calls: number; milliseconds: number }>();
  const timed = ({ name, run }: Action) => {
    const start = performance.now();
    run();
    const line = spent.get(name) ?? { calls: 0, milliseconds: 0 };
    spent.set(name, {
      calls: line.calls + 1,
      milliseconds: line.milliseconds + performance.now() - start,
    });
  };
  return {
    step,
    scratchBytes: parts.scratchBytes,
    run: async (values) => {
      feed(parts, values);
      prepare();
      let breath = performance.now();
      for (const action of actions) {
        if (profiled) timed(action);
        else action.run();
        if (performance.now() - breath < BREATH_MILLISECONDS) continue;
        await breathe();
        prepare();
        breath = performance.now();
      }
      return Object.fromEntries(outputs);
    },
    dispose: () => {},
    get profile() {
      const lines = [...spent].map(([name, line]) => ({ name, ...line }));
      return lines.sort((a, b) => b.milliseconds - a.milliseconds);
    },
  };
}
