/** An engine that counts its programs: those compiled so far, and those not given back. */
import type { Engine } from '../../engines/index.ts';

export function counting<Base extends Engine>(base: Base) {
  let compiled = 0;
  let alive = 0;
  const engine: Base = {
    ...base,
    compile: async (...given: Parameters<Engine['compile']>) => {
      const program = await base.compile(...given);
      compiled += 1;
      alive += 1;
      const dispose = () => {
        alive -= 1;
        program.dispose();
      };
      return { ...program, dispose };
    },
  };
  return { engine, compiled: () => compiled, alive: () => alive };
}
