/** The Python of docs/pytorch.md, run as it stands there. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { gridOf, initialValue, makeNetwork } from '../../src/nn/index.ts';
import { writeSafetensors } from '../../src/runs/safetensors/index.ts';
import { runPython, whyNoPytorch } from './python.ts';

/** For each cell, the sum of a statistic and of an affine parameter of the plain state dict, once it fits. */
const use = `
import sys
sys.path.insert(0, sys.argv[1])
from networks import make_network
tensors = load(sys.argv[2])
sums = []
for statistics in ["clean", "adv"]:
    for affine in ["clean", "adv"]:
        model = make_network("resnet8", width=4)
        model.load_state_dict(cell(tensors, statistics, affine))
        sums.append([model.bn1.running_mean.sum().item(), model.bn1.bias.sum().item()])
kept = make_network("resnet8", "dual-bn", width=4)
kept.load_state_dict({name: tensor for name, tensor in tensors.items() if not name.startswith("optimizer.")})
print(json.dumps(sums + [kept.bn1.adv.running_mean.sum().item()]))
`;

const missing = whyNoPytorch();

test.skipIf(missing)('the lines of docs/pytorch.md load each cell of a checkpoint', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dualbn-docs-'));
  try {
    const document = await readFile(new URL('../../docs/pytorch.md', import.meta.url), 'utf8');
    const blocks = [...document.matchAll(/```python\n([\s\S]*?)```/g)].map(([, code]) => code);
    const script = join(folder, 'docs.py');
    await writeFile(script, `${blocks.join('\n')}${use}`);

    const both = ['clean', 'adv'];
    const images = { channels: 3, height: 8, width: 8 };
    const sets = { statistics: both, affine: both };
    const network = makeNetwork('resnet8', { images, classes: 10, width: 4, sets });
    const of = { clean: 1, adv: 10, shared: 0 } as Record<string, number>;
    const tensors = new Map(
      network.variables.map((variable) => {
        const { name, shape, role, branch } = variable;
        const values = initialValue(variable, 0);
        if (role === 'statistic') values.fill(of[branch]);
        if (role === 'affine') values.fill(100 * of[branch]);
        return [name, { shape, values }] as const;
      }),
    );
    tensors.set('optimizer.velocity.conv1.weight', { shape: [1], values: Float32Array.of(0) });
    const checkpoint = join(folder, 'last.safetensors');
    await writeSafetensors(checkpoint, { tensors, metadata: { what: 'a test' } });

    const printed = await runPython(script, [
      fileURLToPath(new URL('../pytorch', import.meta.url)),
      checkpoint,
    ]);
    const expected = gridOf(network).map(({ statistics, affine }) => [4 * of[statistics], 400 * of[affine]]);
    expect(JSON.parse(printed)).toEqual([...expected, 40]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
