import type { CatalogueModel } from '@sluice/contract';
import { tableNames } from './model-name.ts';

/** As arena.ai showed it on 2026-10-01, updated there on 2026-09-30. */
const SOURCE = 'arena.ai/leaderboard/text (updated 2026-09-30)';
const READ_ON = '2026-10-01';

/**
 * Ratings (Bradley-Terry, of blind votes between two answers) by our name of a model and, where the arena rated no
 * plain one, how hard it was made to think. Who has no number there has none here. Dots are dashes, as in `tableNames`.
 */
const RATINGS = `
claude-fable-5 1505 high
claude-opus-5-5 1504 high
claude-fable-5-1 1501 max
claude-opus-4-6 1497
claude-opus-4-7 1494
claude-opus-5 1491 high
claude-opus-4-8 1475
claude-sonnet-4-6 1472
claude-opus-4-5 1470
claude-sonnet-5 1462 high
claude-sonnet-4-5 1455
claude-opus-4-1 1448
claude-opus-4 1414
claude-opus-4-0 1414
claude-haiku-4-5 1414
claude-sonnet-4 1391
claude-sonnet-4-0 1391
claude-3-5-sonnet 1374
claude-3-5-sonnet-20240620 1343
claude-3-7-sonnet 1372
claude-3-5-haiku 1325
claude-3-opus 1322
claude-3-sonnet 1281
gpt-5-6-sol 1484 xhigh
gpt-5-5 1477
gpt-6-astra 1476 max
gpt-5-2-chat 1476
gpt-5-6-terra 1465 xhigh
gpt-5-4 1465
gpt-6-sol 1456 max
gpt-5-6-luna 1453 xhigh
gpt-5-3-chat 1450
gpt-5-4-mini 1447 high
gpt-4-5-preview 1445
gpt-6-luna 1444 max
chatgpt-4o 1443
gpt-5-1 1438
gpt-5-2 1436
gpt-5 1434 high
o3 1432
gpt-5-chat 1427
gpt-4-1 1415
o1 1402
gpt-5-4-nano 1401 high
o4-mini 1391
gpt-5-mini 1390 high
o1-preview 1389
gpt-4-1-mini 1383
gpt-oss-120b 1352
o3-mini 1348
gpt-4o-2024-05-13 1346
gpt-5-nano 1337 high
o1-mini 1337
gpt-4o 1336
gpt-4-turbo 1324
gpt-4-1-nano 1322
gpt-4o-mini 1318
gpt-oss-20b 1318
gpt-4-0125-preview 1313
gpt-4-1106-preview 1313
gpt-4-0314 1288
gemini-3-8-flash 1494 high
gemini-3-7-flash 1488 high
gemini-3-1-pro-preview 1487
gemini-3-pro-preview 1485
gemini-3-6-flash 1483 high
gemini-3-5-flash 1477 high
gemini-3-flash-preview 1473
gemini-3-5-flash-lite 1454
gemma-4-31b 1453
gemini-2-5-pro 1446
gemma-4-26b-a4b 1437
gemini-3-1-flash-lite 1433
gemini-3-1-flash-lite-preview 1433
gemini-2-5-flash 1409
gemini-2-5-flash-lite 1375 thinking
gemma-3-27b 1365
gemini-2-0-flash 1360
gemini-2-0-flash-001 1360
gemini-2-0-flash-lite 1354
gemini-1-5-pro 1351
gemma-3-12b 1342
gemma-3n-e4b 1317
gemini-1-5-flash 1309
gemma-3-4b 1303
gemma-2-27b 1289
grok-4-20-beta-0309-reasoning 1472
grok-4-5 1466
grok-4-6 1453 high
grok-4-7 1442 xhigh
grok-4-3 1441
grok-4-1-fast-reasoning 1430
grok-4-0709 1411
grok-4 1411
grok-3 1411
grok-4-fast-reasoning 1405
grok-3-mini 1358
deepseek-v4-1-flash 1473 max
deepseek-v4-pro 1458
deepseek-v4-flash 1436
deepseek-v3-2 1425
deepseek-v3-2-exp 1422
deepseek-r1-0528 1422
deepseek-v3-1 1417
deepseek-v3-1-terminus 1415
deepseek-r1 1398
deepseek-v3-0324 1396
deepseek-v3 1358
mistral-medium-3-5 1427
mistral-medium-2604 1427
mistral-large-2512 1414
mistral-large-3 1414
mistral-medium-2508 1408
mistral-medium-3-1 1408
mistral-medium-2505 1387
mistral-small-2506 1356
mistral-small-3-2-24b 1356
mistral-large-2407 1314
mistral-large-2411 1306
magistral-medium-2506 1305
mistral-small-3-1-24b 1303
kimi-k3 1488 max
kimi-k2-6 1461
kimi-k2-5 1450 thinking
kimi-k2-thinking 1430
kimi-k2-0905 1419
kimi-k2-instruct-0905 1419
kimi-k2 1418
glm-5-3 1479 max
glm-5-2 1475 max
glm-5-3-flash 1474
glm-5-1 1465
glm-5 1458
glm-4-7 1442
glm-4-6 1424
glm-4-5 1411
glm-4-5-air 1373
minimax-m3 1440
minimax-m2-7 1415
minimax-m2-5 1391
minimax-m1 1364
minimax-m2 1343
qwen3-5-397b-a17b 1442
qwen3-8-27b 1439
qwen3-235b-a22b-instruct-2507 1422
qwen-3-235b-a22b-instruct-2507 1422
qwen3-next-80b-a3b 1399
qwen3-coder-480b-a35b 1387
qwen-3-coder-480b 1387
qwen3-30b-a3b-instruct-2507 1383
qwen3-235b-a22b 1375
qwen3-32b 1347
qwq-32b 1336
qwen2-5-72b 1303
command-a-03-2025 1354
llama-3-1-405b 1335
nova-2-lite 1335
llama-4-maverick-17b-128e 1327
llama-4-scout-17b-16e 1322
llama-3-3-70b 1318
llama-3-3-70b-instruct-turbo 1318
llama-3-1-70b 1293
nova-pro 1290
jamba-1-5-large 1289
`;

/** 1000 is a model that loses 19 of 20 times against today's best, 1550 is out of reach of all of them. */
const FLOOR = 1000;
const SPAN = 550;

let ratings: Map<string, string[]> | null = null;

/** @param name lower-case; @returns `null` when the arena has not rated it. */
export function findQuality(name: string): NonNullable<CatalogueModel['quality']> | null {
  ratings ??= new Map(
    RATINGS.trim()
      .split('\n')
      .map((line) => line.split(' '))
      .map(([model = '', ...rest]) => [model, rest]),
  );
  for (const one of tableNames(name)) {
    const [rating, effort] = ratings.get(one) ?? [];
    if (rating !== undefined)
      return {
        score: Math.round(((Number(rating) - FLOOR) / SPAN) * 1000) / 1000,
        source: `${SOURCE}: ${rating}${effort === undefined ? '' : ` at ${effort} effort`}`,
        read_on: READ_ON,
      };
  }
  return null;
}
