/** The Python of docs/interop.md that needs no package, run as it stands there; and its list of operations. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readableOperations } from '../../src/onnx/index.ts';
import { readSafetensors, writeSafetensors } from '../../src/runs/index.ts';
import { runPython, whyNoPytorch } from './python.ts';

const readDocument = () => readFile(new URL('../../docs/interop.md', import.meta.url), 'utf8');

test('the operations of docs/interop.md are those that are read', async () => {
  expect((await readDocument()).replaceAll('\n', ' ')).toContain(readableOperations.join(', '));
});

/** What is loaded is saved again, doubled, with a counter as state dicts have them. */
const use = `
import sys
state = {name: 2 * tensor for name, tensor in load(sys.argv[1]).items()}
save({**state, "bn1.num_batches_tracked": torch.tensor(7)}, sys.argv[2])
`;

test.skipIf(whyNoPytorch())('the lines of docs/interop.md read and write weights', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dualbn-docs-'));
  try {
    const blocks = [...(await readDocument()).matchAll(/```python\n([\s\S]*?)```/g)].map(([, code]) => code);
    const script = join(folder, 'docs.py');
    await writeFile(script, `${blocks.join('\n')}${use}`);
    const tensors = new Map([
      ['conv1.weight', { shape: [2, 1, 1, 2], values: Float32Array.of(1, -2, 0.5, 1e-30) }],
      ['bn1.bias', { shape: [3], values: Float32Array.of(3, 4, 5) }],
    ]);
    const [given, made] = ['given.safetensors', 'made.safetensors'].map((name) => join(folder, name));
    await writeSafetensors(given, { tensors, metadata: { format: 'pt' } });
    await runPython(script, [given, made]);
    const doubled = [...tensors].map(([name, { shape, values }]) => [
      name,
      { shape, values: values.map((value) => 2 * value) },
    ]);
    const counter = ['bn1.num_batches_tracked', { shape: [], values: Float32Array.of(7) }];
    expect([...(await readSafetensors(made)).tensors]).toEqual([...doubled, counter]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
