/**
 * After the build, makes `npx dualbn` find this checkout's own command at once, as it finds those of dependencies.
 * Without it npx links the checkout into a cache of its own first: slower, and it asks where npm is set to ask.
 */
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';

chmodSync('dist/cli/main.js', 0o755);
// On Windows commands are wrapper scripts, not links; there npx's own way has to do.
if (process.platform !== 'win32') {
  mkdirSync('node_modules/.bin', { recursive: true });
  rmSync('node_modules/.bin/dualbn', { force: true });
  symlinkSync('../../dist/cli/main.js', 'node_modules/.bin/dualbn');
}
