/** The primitives of an engine: each made once, shared by the programs that use it, and destroyed with the last of them. */
import type { Library, Primitive } from './library.ts';

/** The primitive of a key; `make` is called where there is none yet. */
export type PrimitiveSource = (key: string, make: () => Primitive) => Primitive;

/** What one program uses. */
export interface PrimitiveLoan {
  readonly take: PrimitiveSource;
  /** Gives back all that was taken. */
  readonly release: () => void;
}

export interface Primitives {
  readonly lend: () => PrimitiveLoan;
  /** How many there are. */
  readonly size: number;
}

export function createPrimitives({ destroy }: Pick<Library, 'destroy'>): Primitives {
  const all = new Map<string, { readonly primitive: Primitive; users: number }>();
  return {
    lend: () => {
      const taken = new Set<string>();
      return {
        take: (key, make) => {
          const entry = all.get(key) ?? { primitive: make(), users: 0 };
          all.set(key, entry);
          if (!taken.has(key)) entry.users += 1;
          taken.add(key);
          return entry.primitive;
        },
        release: () => {
          for (const key of taken) {
            const entry = all.get(key);
            if (!entry) continue;
            entry.users -= 1;
            if (entry.users > 0) continue;
            all.delete(key);
            destroy(entry.primitive);
          }
          taken.clear();
        },
      };
    },
    get size() {
      return all.size;
    },
  };
}
