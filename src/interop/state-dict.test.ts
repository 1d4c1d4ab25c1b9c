import { describe, expect, it } from 'vitest';
import { makeNetwork } from '../nn/index.ts';
import type { StoredTensor } from '../runs/index.ts';
import { mapState } from './state-dict.ts';

const zeros = (shape: readonly number[]): StoredTensor => ({
  shape,
  values: new Float32Array(shape.reduce((product, extent) => product * extent, 1)),
});

describe('a state dict with parts that its network never uses', () => {
  const { variables } = makeNetwork('wrn-28-10', {
    ...{ images: { channels: 3, height: 8, width: 8 }, classes: 3, width: 2 },
  });
  const state = new Map(variables.map(({ name, shape }) => [name, zeros(shape)]));
  const request = { variables, branches: [], seed: 0 };

  it("leaves out the second first stage of TRADES' wide ResNets, and says so", () => {
    const extra = [...state].filter(([name]) => name.startsWith('block1.'));
    const theirs = new Map([...state, ...extra.map(([name, tensor]) => [`sub_${name}`, tensor] as const)]);
    const { tensors, notes } = mapState({ ...request, state: theirs });
    expect([...tensors.keys()]).toEqual([...state.keys()]);
    expect(notes).toEqual([`left out ${extra.length} tensors of sub_block1, which its network never uses`]);
  });

  it('and no others', () => {
    const theirs = new Map([...state, ['sub_block2.layer.0.bn1.weight', zeros([2])] as const]);
    expect(() => mapState({ ...request, state: theirs })).toThrow(/0 missing, 0 misshapen, 1 unexpected/);
  });
});
