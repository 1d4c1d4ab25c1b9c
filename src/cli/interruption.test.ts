import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { interruptionOf } from './program.ts';

/** A process that notes what is done to it. */
function fakeProcess() {
  const events = new EventEmitter();
  const statuses: number[] = [];
  const said: string[] = [];
  const signal = interruptionOf({
    on: (event, listener) => events.on(event, listener),
    exit: (status) => statuses.push(status),
    stderr: { write: (text) => said.push(text) },
  });
  return { events, statuses, said, signal };
}

it.each(['SIGINT', 'SIGTERM', 'SIGQUIT'] as const)(
  'the first %s asks, the second ends the process',
  (name) => {
    const { events, statuses, said, signal } = fakeProcess();
    expect(signal.aborted).toBe(false);
    events.emit(name);
    expect({ aborted: signal.aborted, statuses }).toEqual({ aborted: true, statuses: [] });
    expect(said).toEqual(['\nstopping in good order; Ctrl-C again ends at once\n']);
    events.emit(name);
    expect(statuses).toEqual([130]);
  },
);

it('a terminal that is closed asks, however often it says so', () => {
  const { events, statuses, signal } = fakeProcess();
  events.emit('SIGHUP');
  events.emit('SIGHUP');
  expect({ aborted: signal.aborted, statuses }).toEqual({ aborted: true, statuses: [] });
  events.emit('SIGTERM');
  expect(statuses).toEqual([130]);
});
