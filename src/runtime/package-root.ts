/**
 * Where the files of this package lie.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

let found: string | undefined;

/**
 * Folder of our `package.json`, with `models/` and `templates/` in it: the same from the sources, from
 * `dist/` and when installed.
 */
export function packageRoot(): string {
  if (found === undefined) {
    let folder = dirname(fileURLToPath(import.meta.url));
    while (!existsSync(join(folder, 'package.json'))) {
      const parent = dirname(folder);
      if (parent === folder) throw new Error('the package is incomplete: it has no package.json');
      folder = parent;
    }
    found = folder;
  }
  return found;
}

function packageFile(): object {
  const parsed: unknown = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  return typeof parsed === 'object' && parsed !== null ? parsed : {};
}

/** Version of this package. */
export function packageVersion(): string {
  const file = packageFile();
  return 'version' in file && typeof file.version === 'string' ? file.version : 'unknown';
}

/** The versions of Node.js that this package runs on, e.g. `>=20.18.1`. */
export function leastNode(): string {
  const file = packageFile();
  const engines = 'engines' in file ? file.engines : undefined;
  const hasNode = typeof engines === 'object' && engines !== null && 'node' in engines;
  return hasNode && typeof engines.node === 'string' ? engines.node : '';
}
