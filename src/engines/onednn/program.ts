/**
 * A compiled program: kernels in a fixed order, with everything about them settled. `run` does nothing but run them.
 */
import { InputError, RunError } from '../../errors.ts';
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
  /** The variables that the step moves, by name. */
  readonly moved: ReadonlyMap<string, Float32Array>;
  readonly scratchBytes: number;
  readonly profiled: boolean;
  readonly turn: Turn;
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

/** Variables once broken stay so, and a loss may be finite beside them: of the last update, or of other branches. */
function checkFinite({ step, moved }: ProgramParts): void {
  for (const [name, values] of moved) {
    let sum = 0;
    for (let i = 0; i < values.length; i += 1) sum += values[i] * 0;
    if (sum !== 0)
      throw new RunError(`step ${step.name}: the variable ${name} is no longer finite (NaN or infinity)`);
  }
}

/** Programs of an engine share scratch memory: one of them runs at a time. */
export interface Turn {
  taken: boolean;
}

export function createProgram(parts: ProgramParts): OnednnProgram {
  const { step, actions, outputs, profiled, prepare, turn } = parts;
  const spent = new Map<string, { calls: number; milliseconds: number }>();
  const timed = ({ name, run }: Action) => {
    const start = performance.now();
    run();
    const { calls, milliseconds } = spent.get(name) ?? { calls: 0, milliseconds: 0 };
    spent.set(name, { calls: calls + 1, milliseconds: milliseconds + performance.now() - start });
  };
  const runActions = async () => {
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
  };
  return {
    step,
    scratchBytes: parts.scratchBytes,
    run: async (values) => {
      if (turn.taken)
        throw new Error(`step ${step.name}: another run of this engine is not over; await each`);
      turn.taken = true;
      try {
        feed(parts, values);
        await runActions();
        checkFinite(parts);
        return Object.fromEntries(outputs);
      } finally {
        turn.taken = false;
      }
    },
    dispose: () => {},
    get profile() {
      const lines = [...spent].map(([name, line]) => ({ name, ...line }));
      return lines.sort((a, b) => b.milliseconds - a.milliseconds);
    },
  };
}
