// Copies what the API reference is shown with from its npm package to the static assets of the Worker.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');
const FROM = path.join(ROOT, 'node_modules', 'swagger-ui-dist');
const TO = path.join(ROOT, 'workers', 'gateway', 'assets', 'docs', 'vendor');
const FILES = ['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE', 'NOTICE'];

/** Quiet and instant; does nothing where the package is not installed. */
export function copyAssets() {
  if (!existsSync(FROM)) return;
  mkdirSync(TO, { recursive: true });
  for (const file of FILES) {
    const [from, to] = [path.join(FROM, file), path.join(TO, file)];
    // A gateway that runs already starts anew, in mid-request, when one of its files is written.
    if (!existsSync(to) || !readFileSync(from).equals(readFileSync(to))) copyFileSync(from, to);
  }
}

if (process.argv[1]?.endsWith('copy-assets.mjs')) copyAssets();
