/** Hands cases to PyTorch, all in one process, as importing it takes longer than most cases; and reads what it found. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '../../src/runs/safetensors/index.ts';
import type { ParityCase } from './cases.ts';
import { caseDescription, inputTensors, prepare } from './ours.ts';
import { runPython } from './python.ts';

export interface Theirs {
  readonly names: readonly string[];
  readonly valuesOf: (name: string) => Float32Array;
}

export interface Asked {
  readonly of: (parityCase: ParityCase) => Promise<Theirs>;
  readonly dispose: () => Promise<void>;
}

/** PyTorch's results for each case, in the given precision and after so many training steps. */
export async function askPytorch(
  cases: readonly ParityCase[],
  dtype: 'float32' | 'float64',
  trainingSteps: number,
): Promise<Asked> {
  const root = await mkdtemp(join(tmpdir(), 'dualbn-parity-'));
  const folderOf = (parityCase: ParityCase) => join(root, `${cases.indexOf(parityCase)}`);
  for (const parityCase of cases) {
    const folder = folderOf(parityCase);
    await mkdir(folder);
    const prepared = prepare(parityCase);
    const description = caseDescription(prepared, dtype, trainingSteps);
    await writeFile(join(folder, 'case.json'), JSON.stringify(description));
    const tensors = inputTensors(prepared);
    await writeSafetensors(join(folder, 'inputs.safetensors'), { tensors, metadata: {} });
  }
  await runPython('parity/parity.py', cases.map(folderOf));
  return {
    of: async (parityCase) => {
      const { tensors } = await readSafetensors(join(folderOf(parityCase), 'results.safetensors'));
      const valuesOf = (name: string) => {
        const found = tensors.get(name);
        if (!found) throw new Error(`PyTorch's results have no ${name}`);
        return found.values;
      };
      return { names: [...tensors.keys()], valuesOf };
    },
    dispose: () => rm(root, { recursive: true, force: true }),
  };
}
