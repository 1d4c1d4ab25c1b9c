/**
 * Files that PyTorch itself has written, in each of its forms, against what PyTorch says is in them. Skipped where there is no
 * PyTorch.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../errors.ts';
import { integers } from '../../random/index.ts';
import { readTorchState, torchKind } from './index.ts';

const python = '/usr/bin/python3';

const program = `
import argparse, collections, json, os, pickle, sys, zipfile
import numpy, torch
os.chdir(sys.argv[1])
torch.manual_seed(0)
net = torch.nn.Sequential(collections.OrderedDict(conv=torch.nn.Conv2d(2, 3, 3), bn=torch.nn.BatchNorm2d(3)))
sgd = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)
net(torch.rand(4, 2, 5, 5)).sum().backward(); sgd.step()
state = net.state_dict()
save = torch.save
save(state, "zip.pth")
save(state, "legacy.pth", _use_new_zipfile_serialization=False)
save(state, "protocol4.pth", pickle_protocol=4)
save(net, "module.pth")
save(net, "module-legacy.pth", _use_new_zipfile_serialization=False)
save(torch.nn.DataParallel(net).state_dict(), "parallel.pth")
half = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in state.items()}
save({"epoch": 3, "best_acc": torch.tensor(93.5), "optimizer": sgd.state_dict(), "args": argparse.Namespace(lr=0.1),
      "ema": half, "state_dict": state}, "checkpoint.pth")
save({"first": half, "second": state}, "several.pth")
w = torch.arange(24.).reshape(4, 6)
views = {"transposed": w.t(), "part": w[1:3, ::2], "permuted": w.reshape(2, 3, 4).permute(2, 0, 1), "repeated": w[0].expand(3, 6),
         "parameter": torch.nn.Parameter(w), "scalar": torch.tensor(7), "empty": torch.zeros(0, 3), "bool": w > 11,
         **{str(dtype)[6:]: w.to(dtype) for dtype in [torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32,
                                                     torch.int16, torch.int8, torch.uint8]}}
save(views, "views.pth")
save(views, "views-legacy.pth", _use_new_zipfile_serialization=False)
with open("numpy.pkl", "wb") as file:
    pickle.dump({"a": w.numpy(), "b": numpy.asfortranarray(w.numpy()), "note": "text"}, file, protocol=2)
class Runs:
    def __reduce__(self):
        return (os.system, ("touch called",))
save({"state_dict": state, "more": Runs()}, "runs.pth")
class Wraps:
    def __reduce__(self):
        return (os.path.join, (w,))
save({"a": w, "b": Wraps()}, "wraps.pth")
save({"epoch": 3}, "nothing.pth")
torch.jit.save(torch.jit.script(net), "script.pth")
with zipfile.ZipFile("compressed.pth", "w", zipfile.ZIP_DEFLATED) as to, zipfile.ZipFile("zip.pth") as of:
    for name in of.namelist():
        to.writestr(name, of.read(name))
said = lambda tensors: {name: [list(tensor.shape), tensor.double().flatten().tolist()] for name, tensor in tensors.items()}
with open("said.json", "w") as file:
    json.dump({"state": said(state), "half": said(half), "views": said(views), "w": said({"a": w, "b": w})}, file)
`;

const hasTorch = () => {
  try {
    execFileSync(python, ['-c', 'import torch, numpy'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

type Said = Readonly<Record<string, Readonly<Record<string, readonly [number[], number[]]>>>>;

describe.skipIf(!existsSync(python) || !hasTorch())('files of torch.save', () => {
  let folder: string;
  let said: Said;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dualbn-torch-'));
    execFileSync(python, ['-c', program, folder], { stdio: ['ignore', 'ignore', 'inherit'] });
    said = JSON.parse(readFileSync(join(folder, 'said.json'), 'utf8'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const read = async (name: string, key?: string) => {
    const path = join(folder, name);
    const kind = await torchKind(path);
    if (kind === undefined) throw new Error(`${name} is of no kind`);
    return readTorchState(path, kind, key);
  };

  it.each([
    { name: 'zip.pth', is: 'state' },
    { name: 'legacy.pth', is: 'state' },
    { name: 'protocol4.pth', is: 'state' },
    { name: 'module.pth', is: 'state' },
    { name: 'module-legacy.pth', is: 'state' },
    { name: 'checkpoint.pth', is: 'state' },
    { name: 'checkpoint.pth', key: 'ema', is: 'half' },
    { name: 'several.pth', key: 'first', is: 'half' },
    { name: 'runs.pth', is: 'state' },
    { name: 'views.pth', is: 'views' },
    { name: 'views-legacy.pth', is: 'views' },
    { name: 'numpy.pkl', is: 'w' },
  ])('$name holds what PyTorch says, by the key $key', async ({ name, key, is }) => {
    const { tensors } = await read(name, key);
    const found = Object.fromEntries(
      [...tensors].map(([of, { shape, values }]) => [of, [[...shape], [...values]]]),
    );
    expect(Object.keys(found)).toEqual(Object.keys(said[is]));
    for (const [of, [shape, values]] of Object.entries(said[is])) {
      expect(found[of][0], of).toEqual(shape);
      expect(found[of][1], of).toEqual(values.map(Math.fround));
    }
  });

  it('takes prefixes as they are, for whoever maps names', async () => {
    const { tensors } = await read('parallel.pth');
    expect([...tensors.keys()]).toContain('module.bn.running_mean');
  });

  it('runs nothing', async () => {
    await read('runs.pth');
    expect(existsSync(join(folder, 'called'))).toBe(false);
    expect(existsSync('called')).toBe(false);
  });

  it('says which state dict it took, and what there is besides', async () => {
    expect((await read('checkpoint.pth')).notes).toEqual([
      "took the state dict 'state_dict'",
      'there are others, which --key takes: ema',
    ]);
    expect((await read('numpy.pkl')).notes).toEqual(['left out what is no tensor: note']);
    expect((await read('module.pth')).notes[0]).toContain('its code was not run');
  });

  it.each([
    { name: 'several.pth', says: /several state dicts; choose one with --key/ },
    { name: 'several.pth', key: 'third', says: /has no state dict 'third'; it has/ },
    { name: 'wraps.pth', says: /b is a tensor inside of something that is not known here/ },
    { name: 'nothing.pth', says: /holds no state dict/ },
    { name: 'script.pth', says: /TorchScript/ },
    { name: 'compressed.pth', says: /compressed, which torch.save never does/ },
  ])('refuses $name $key', async ({ name, key, says }) => {
    await expect(read(name, key)).rejects.toThrow(says);
    await expect(read(name, key)).rejects.toThrow(InputError);
  });

  it.each(['zip.pth', 'legacy.pth', 'views.pth', 'checkpoint.pth'])(
    'reads %s, cut or altered anywhere, or refuses it with a reason',
    async (name) => {
      const whole = await readFile(join(folder, name));
      const drawn = integers({ seed: 1, purpose: 'noise' }, 600, 2 ** 24);
      let refused = 0;
      for (let at = 0; at < 300; at += 1) {
        const place = drawn[2 * at] % whole.length;
        const altered = at % 3 === 0 ? whole.subarray(0, place) : Buffer.from(whole);
        if (at % 3 !== 0) altered[place] = drawn[2 * at + 1] % 256;
        await writeFile(join(folder, 'altered.pth'), altered);
        try {
          if ((await torchKind(join(folder, 'altered.pth'))) !== undefined) await read('altered.pth');
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          refused += 1;
        }
      }
      expect(refused).toBeGreaterThan(80);
    },
  );
});
