/**
 * A compiled program: kernels in a fixed order, with everything about them settled. `run` does nothing but run them.
 */
import type { Variable } from '../../graph/index.ts';
import type { ProgramCore } from '../checks.ts';
import type { Program } from '../engine.ts';

/** A kernel with its memory: does its work when called. */
export interface Action {
  readonly name: string;
  /** Whether it does the same in every run, so that one run does for those that follow it. */
  readonly settled: boolean;
  readonly run: () => void;
}

/** Whose results the memory of an engine holds: of the program that ran last, if no variable was moved since. */
export interface Holder {
  program: object | undefined;
}

/** Time of one kind of kernel in all runs so far. */
export interface ProfileLine {
  readonly name: string;
  readonly calls: number;
  readonly milliseconds: number;
}

/** Where kernels' times are added up, by name. */
export type Profile = Map<string, ProfileLine>;

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
  readonly actions: readonly Action[];
  readonly inputs: ReadonlyMap<string, Float32Array>;
  /** Filled anew by the actions of every run. */
  readonly outputs: ReadonlyMap<string, Float32Array>;
  /** The variables that the step updates. */
  readonly updated: ReadonlyMap<Variable, Float32Array>;
  readonly holder: Holder;
  readonly profile: Profile | undefined;
  /** Before each stretch of kernels: other code may have changed the number of threads meanwhile. */
  readonly prepare: () => void;
}

/** The action, with its time added to a profile. */
function timed({ name, settled, run }: Action, profile: Profile): Action {
  return {
    name,
    settled,
    run: () => {
      const start = performance.now();
      run();
      const { calls, milliseconds } = profile.get(name) ?? { calls: 0, milliseconds: 0 };
      profile.set(name, { name, calls: calls + 1, milliseconds: milliseconds + performance.now() - start });
    },
  };
}

export function programCore(parts: ProgramParts): Omit<ProgramCore, 'dispose'> {
  const { inputs, outputs, updated, holder, profile, prepare } = parts;
  const actions = profile ? parts.actions.map((action) => timed(action, profile)) : parts.actions;
  const everyRun = actions.filter(({ settled }) => !settled);
  const program = {};
  const runActions = async (actions: readonly Action[]) => {
    prepare();
    let breath = performance.now();
    for (const action of actions) {
      action.run();
      if (performance.now() - breath < BREATH_MILLISECONDS) continue;
      await breathe();
      prepare();
      breath = performance.now();
    }
  };
  return {
    run: async (values, check) => {
      for (const [name, place] of inputs) place.set(values[name]);
      const isSettled = holder.program === program;
      holder.program = undefined;
      await runActions(isSettled ? everyRun : actions);
      if (updated.size === 0) holder.program = program;
      for (const [variable, value] of updated) check(variable, value);
      return Object.fromEntries(outputs);
    },
  };
}
