import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { interruptionOf } from './interruption.ts';

it.each(['SIGINT', 'SIGTERM'] as const)('the first %s asks, the second ends the process', (name) => {
  const events = new EventEmitter();
  const statuses: number[] = [];
  let said = '';
  const signal = interruptionOf({
    on: (event, listener) => events.on(event, listener),
    exit: (status) => statuses.push(status),
    stderr: {
      write: (text) => {
        said += text;
      },
    },
  });
  expect(signal.aborted).toBe(false);
  events.emit(name);
  expect({ aborted: signal.aborted, statuses }).toEqual({ aborted: true, statuses: [] });
  expect(said).toBe('\nstopping in good order; Ctrl-C again ends at once\n');
  events.emit(name);
  expect(statuses).toEqual([130]);
});
