/** All values under one, each once: values may be shared, and may hold themselves. Not recursive, so depth is no danger. */
import { isNode, type PickleValue } from './values.ts';

export function* walk(root: PickleValue): Generator<PickleValue> {
  const seen = new Set<PickleValue>();
  const waiting: PickleValue[] = [root];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    yield value;
    if (!isNode(value) || seen.has(value)) continue;
    seen.add(value);
    waiting.push(...inside(value).filter((each) => !(isNode(each) && seen.has(each))));
  }
}

function inside(value: Extract<PickleValue, { kind: string }>): PickleValue[] {
  switch (value.kind) {
    case 'global':
      return [];
    case 'persistent':
      return [value.id];
    case 'dict':
      return value.entries.flat();
    case 'call':
      return [
        value.callee,
        value.args,
        ...(value.state === undefined ? [] : [value.state]),
        ...value.items,
        ...value.entries.flat(),
      ];
    default:
      return value.items;
  }
}
