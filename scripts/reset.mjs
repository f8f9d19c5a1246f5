// npm run reset: forgets all local data (database, objects, keys). Provider keys in .dev.vars stay.
import { rmSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
for (const folder of ['.wrangler', '.sluice'])
  rmSync(path.join(root, folder), { recursive: true, force: true });
console.log('Local data is gone. npm start begins anew.');
