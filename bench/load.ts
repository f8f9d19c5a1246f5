// One run of load on one URL, in a process of its own: node bench/load.ts '<LoadAsk as JSON>' prints a LoadResult.
// Closed loop (each connection asks again as soon as it was answered), or open loop at a fixed rate.
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { createHttpReader } from './http-reader.ts';

export interface LoadAsk {
  url: string;
  headers: Record<string, string>;
  /** Credentials that requests take turns with; one = always the same. */
  authorizations: string[];
  body_file: string;
  connections: number;
  seconds: number;
  /** Answers of this first part are not counted in latencies. */
  warm_seconds: number;
  /** Requests a second; `null` = closed loop. */
  rate: number | null;
  /** Timed chunks that a complete stream has; `null` = not streamed. */
  chunks: number | null;
}

/** Times in microseconds. */
export interface LoadResult {
  /** All answers, the warm ones too: what CPU is divided by. */
  answers: number;
  per_second: number;
  /** Any status but 200, a broken connection, or a stream with chunks missing. */
  wrong: number;
  first_wrong: string | null;
  p50_us: number;
  p99_us: number;
  ttft_p50_us: number;
  ttft_p99_us: number;
  /** From the upstream's write of a chunk to its arrival here. */
  chunk_p50_us: number;
  chunk_p99_us: number;
  chunks: number;
  /** CPU of this process, seconds. */
  cpu_seconds: number;
}

const ask: LoadAsk = JSON.parse(process.argv[2] ?? '{}');
const url = new URL(ask.url);
const body = readFileSync(ask.body_file);
const messages = ask.authorizations.map((authorization) => {
  const head = [
    `POST ${url.pathname} HTTP/1.1`,
    `host: ${url.host}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    `authorization: ${authorization}`,
    ...Object.entries(ask.headers).map(([name, value]) => `${name}: ${value}`),
  ].join('\r\n');
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body]);
});
let turn = 0;

const nowUs = (): number => Number(process.hrtime.bigint()) / 1000;
const started_us = nowUs();
const counted_from_us = started_us + ask.warm_seconds * 1e6;
const until_us = counted_from_us + ask.seconds * 1e6;
const latencies: number[] = [];
const ttfts: number[] = [];
const delays: number[] = [];
const STAMP = /T(\d{16})/g;
let answers = 0;
let counted = 0;
let all_chunks = 0;
let wrong = 0;
let first_wrong: string | null = null;

function noteWrong(why: string): void {
  wrong += 1;
  first_wrong ??= why.slice(0, 300);
}

interface Line {
  ask(due_us: number): void;
  close(): void;
}

const idle: Line[] = [];
let open = 0;

function openLine(first_due_us: number): void {
  open += 1;
  const socket: Socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
  let sent_us = 0;
  let status_line = '';
  let seen_chunks = 0;
  let ttft_us = 0;
  let text = '';
  let failed = false;
  const line: Line = {
    ask(due_us) {
      sent_us = due_us;
      seen_chunks = 0;
      ttft_us = 0;
      text = '';
      socket.write(messages[turn++ % messages.length] ?? '');
    },
    close: () => socket.destroy(),
  };
  const finish = (): void => {
    const at_us = nowUs();
    answers += 1;
    const ok = status_line.startsWith('HTTP/1.1 200');
    if (!ok) noteWrong(`${status_line} ${text}`);
    else if (ask.chunks !== null && seen_chunks !== ask.chunks) noteWrong(`${seen_chunks} chunks`);
    if (ok && at_us >= counted_from_us && at_us <= until_us) {
      counted += 1;
      latencies.push(at_us - sent_us);
      if (ask.chunks !== null) ttfts.push(ttft_us);
    }
    if (at_us >= until_us) end();
    else if (ask.rate === null) line.ask(at_us);
    else idle.push(line);
  };
  const read = createHttpReader({
    onHead: (text) => {
      status_line = text.slice(0, text.indexOf('\r\n'));
    },
    onBody: (bytes) => {
      if (ask.chunks === null) {
        if (text.length < 300) text += bytes.toString('latin1', 0, 300);
        return;
      }
      const now_ns = process.hrtime.bigint() % 10_000_000_000_000_000n;
      // A stamp may be cut by the edge of what arrived: its head waits for the rest.
      text += bytes.toString('latin1');
      let used = 0;
      for (const match of text.matchAll(STAMP)) {
        used = match.index + match[0].length;
        seen_chunks += 1;
        all_chunks += 1;
        if (ttft_us === 0) ttft_us = nowUs() - sent_us;
        if (sent_us >= counted_from_us) delays.push(Number(now_ns - BigInt(match[1] ?? 0)) / 1000);
      }
      text = text.slice(Math.max(used, text.length - 16));
    },
    onEnd: finish,
  });
  socket.on('data', read);
  socket.on('error', (error) => {
    failed = true;
    noteWrong(error.message);
  });
  socket.on('close', () => {
    open -= 1;
    if (nowUs() >= until_us) end();
    else if (!failed) noteWrong('the connection was closed');
  });
  line.ask(first_due_us);
}

const quantile = (sorted: number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;

let ended = false;
function end(): void {
  if (ended) return;
  ended = true;
  for (const list of [latencies, ttfts, delays]) list.sort((a, b) => a - b);
  const usage = process.cpuUsage();
  const result: LoadResult = {
    answers,
    per_second: counted / ask.seconds,
    wrong,
    first_wrong,
    p50_us: quantile(latencies, 0.5),
    p99_us: quantile(latencies, 0.99),
    ttft_p50_us: quantile(ttfts, 0.5),
    ttft_p99_us: quantile(ttfts, 0.99),
    chunk_p50_us: quantile(delays, 0.5),
    chunk_p99_us: quantile(delays, 0.99),
    chunks: all_chunks,
    cpu_seconds: (usage.user + usage.system) / 1e6,
  };
  process.stdout.write(JSON.stringify(result), () => process.exit(0));
}

if (ask.rate === null) for (let n = 0; n < ask.connections; n++) openLine(nowUs());
else {
  const gap_us = 1e6 / ask.rate;
  let due_us = started_us;
  const tick = setInterval(() => {
    const now_us = nowUs();
    if (now_us >= until_us) clearInterval(tick);
    for (; due_us <= now_us && now_us < until_us; due_us += gap_us) {
      const line = idle.pop();
      if (line !== undefined) line.ask(nowUs());
      else if (open < ask.connections) openLine(nowUs());
      else noteWrong('no connection was free');
    }
  }, 1);
}
// Streams that are still open a little after the end are not waited for.
setTimeout(end, (ask.warm_seconds + ask.seconds) * 1000 + 500);
