/** Where the package lies on disk, and which version it is: the same from src/ and from the built dist/. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The folder that holds package.json and presets/. */
export const packageRoot = fileURLToPath(new URL('../../', import.meta.url));

/** The version of this package. */
export const packageVersion = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))).version;
