import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { listPictures } from './pictures.ts';

const PAGES = path.resolve(import.meta.dirname, '../../workers/console/src/pages');

test('every page of the console is photographed', () => {
  const key = { id: 'key_1', secret: '', name: '', project_id: null };
  const pictures = listPictures(
    { keys: [key, key, key], connection_ids: {}, webhook_id: 'wh_1' },
    { rescued: 'req_1' },
  );
  expect(pictures.map(({ name }) => name).sort()).toEqual(readdirSync(PAGES).sort());
});
