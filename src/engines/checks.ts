/**
 * What every engine checks alike, once: options, values of variables, inputs of a run, variables after it, the order of
 * runs, and that nothing is used after it was disposed of.
 */
import { InputError, RunError } from '../errors.ts';
import { type Shape, type Step, showShape, sizeOf, type Variable } from '../graph/index.ts';
import type { Engine, Program, Values } from './engine.ts';

/** More threads than any machine has: a typing mistake. */
const MOST_THREADS = 1024;

/** @throws InputError unless it is a number of threads. */
export function checkThreads(threads: number): void {
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS)
    throw new InputError(`engine: threads must be a whole number from 1 to ${MOST_THREADS}, not ${threads}`);
}

/** @throws InputError unless there are as many values as the shape has elements. */
function checkLength(what: string, shape: Shape, values: ArrayLike<number>): void {
  const size = sizeOf(shape);
  if (values.length !== size)
    throw new InputError(`${what} ${showShape(shape)} needs ${size} values, not ${values.length}`);
}

export const checkVariable = ({ name, shape }: Variable, values: ArrayLike<number>): void =>
  checkLength(`variable ${name}`, shape, values);

type Numbers = Readonly<Record<string, ArrayLike<number>>>;

export function checkInputs({ name: step, inputs }: Pick<Step, 'name' | 'inputs'>, values: Numbers): void {
  for (const { attributes, shape } of inputs) {
    const { name } = attributes;
    if (!Object.hasOwn(values, name))
      throw new InputError(`step ${step}: the input ${name} ${showShape(shape)} is missing`);
    checkLength(`step ${step}: input ${name}`, shape, values[name]);
  }
}

/** Variables once broken stay so, and a loss may be finite beside them: of the last update, or of other branches. */
function checkFinite(step: Step, { name }: Variable, values: ArrayLike<number>): void {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i] * 0;
  if (sum !== 0)
    throw new RunError(`step ${step.name}: the variable ${name} is no longer finite (NaN or infinity)`, {
      code: 'not-finite',
    });
}

/** What an engine has of its own about a program. */
export interface ProgramCore {
  /** Inputs are all there. The core shows `check` the new value of every variable that it updates. */
  readonly run: (
    inputs: Values,
    check: (variable: Variable, values: ArrayLike<number>) => void,
  ) => Promise<Values>;
  readonly dispose: () => void;
}

/** The programs of an engine: which there are, and that one of them runs at a time. */
export interface Programs {
  /** Makes a program of its core. */
  readonly add: (step: Step, core: ProgramCore) => Program;
  /** @throws Error where the engine was disposed of. */
  readonly checkOpen: () => void;
  /** @throws InputError where a program still uses the variable. */
  readonly checkUnused: (variable: Variable) => void;
  /** Disposes of all programs; none can be made after. False where that was done before. */
  readonly close: () => boolean;
}

export function createPrograms(): Programs {
  const open = new Set<Program>();
  let isRunning = false;
  let isClosed = false;
  const checkOpen = () => {
    if (isClosed) throw new Error('the engine was disposed of');
  };
  return {
    checkOpen,
    add: (step, made) => {
      // Let go with the program: a caller may keep that, and with it all that the core refers to.
      let core: ProgramCore | undefined = made;
      const dispose = () => {
        open.delete(program);
        core?.dispose();
        core = undefined;
      };
      const program: Program = {
        step,
        run: async (inputs) => {
          if (!core) throw new Error(`step ${step.name}: the program was disposed of`);
          if (isRunning)
            throw new Error(`step ${step.name}: another run of this engine is not over; await each`);
          isRunning = true;
          try {
            checkInputs(step, inputs);
            return await core.run(inputs, (variable, values) => checkFinite(step, variable, values));
          } finally {
            isRunning = false;
          }
        },
        dispose,
        [Symbol.dispose]: dispose,
      };
      open.add(program);
      return program;
    },
    checkUnused: (variable) => {
      const user = [...open].find(({ step }) => step.variables.includes(variable));
      if (user)
        throw new InputError(
          `variable ${variable.name} cannot be freed: a program of the step ${user.step.name} uses it; dispose of that first`,
        );
    },
    close: () => {
      if (isClosed) return false;
      isClosed = true;
      for (const program of [...open]) program.dispose();
      return true;
    },
  };
}

/** The engine, with the checks before its functions; `compile` asks `checkOpen` itself. */
export function checked<Own extends Omit<Engine, typeof Symbol.asyncDispose>>(
  programs: Programs,
  engine: Own,
): Own & Engine {
  const { read, write, free, dispose } = engine;
  const close = async () => {
    if (programs.close()) await dispose();
  };
  return Object.assign(engine, {
    read: (variable: Variable) => {
      programs.checkOpen();
      return read(variable);
    },
    write: (variable: Variable, values: ArrayLike<number>) => {
      programs.checkOpen();
      checkVariable(variable, values);
      write(variable, values);
    },
    free: (variable: Variable) => {
      programs.checkOpen();
      programs.checkUnused(variable);
      free(variable);
    },
    dispose: close,
    [Symbol.asyncDispose]: close,
  });
}
