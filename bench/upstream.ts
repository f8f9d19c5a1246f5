// A provider that costs next to nothing: OpenAI chat completions and Anthropic messages, whole and streamed.
//   node bench/upstream.ts        prints "listening PORT"
// `[bench-60x20]` in a message asks for a stream of 60 chunks, 20 ms apart (0: all at once). Each chunk of content
// carries `T` and 16 digits: the monotonic clock in nanoseconds when it was sent.
import { createServer, type Socket } from 'node:net';
import { createHttpReader } from './http-reader.ts';

const TEXT =
  'The gateway receives one request, checks the key and the budget, picks a provider, sends the request on and passes the answer back. '.repeat(
    5,
  );
const RATE_HEADERS = ['limit-requests: 10000', 'remaining-requests: 9999', 'limit-tokens: 2000000']
  .map((field) => `x-ratelimit-${field}\r\n`)
  .join('');
const ID = 'chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT';
const OPENAI_USAGE = {
  prompt_tokens: 412,
  completion_tokens: 128,
  total_tokens: 540,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
};
const OPENAI_BODY = JSON.stringify({
  id: ID,
  object: 'chat.completion',
  created: 1741569952,
  model: 'gpt-4o-mini-2024-07-18',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: TEXT, refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: OPENAI_USAGE,
  service_tier: 'default',
  system_fingerprint: 'fp_0123456789',
});
const MESSAGE = {
  id: 'msg_01XFDUDYJgAACzvnptvVoYEL',
  type: 'message',
  role: 'assistant',
  model: 'claude-3-5-haiku-20241022',
};
const ANTHROPIC_USAGE = { input_tokens: 412, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
const ANTHROPIC_BODY = JSON.stringify({
  ...MESSAGE,
  content: [{ type: 'text', text: TEXT }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { ...ANTHROPIC_USAGE, output_tokens: 128 },
});

const whole = (body: string): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${RATE_HEADERS}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const OPENAI_WHOLE = whole(OPENAI_BODY);
const ANTHROPIC_WHOLE = whole(ANTHROPIC_BODY);
const STREAM_HEAD = `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n${RATE_HEADERS}transfer-encoding: chunked\r\n\r\n`;

const framed = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const stamp = (): string => `T${String(process.hrtime.bigint() % 10_000_000_000_000_000n).padStart(16, '0')}`;

interface Grammar {
  begin: string;
  chunk(): string;
  end: string;
}

const openAiHead = `{"id":"${ID}","object":"chat.completion.chunk","created":1741569952,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_0123456789",`;
const openAiEvent = (delta: string, finish: string): string =>
  `data: ${openAiHead}"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}],"usage":null}\n\n`;
const openAi: Grammar = {
  begin: framed(openAiEvent('{"role":"assistant","content":"","refusal":null}', 'null')),
  chunk: () => framed(openAiEvent(`{"content":" token ${stamp()}"}`, 'null')),
  end:
    framed(openAiEvent('{}', '"stop"')) +
    framed(`data: ${openAiHead}"choices":[],"usage":${JSON.stringify(OPENAI_USAGE)}}\n\n`) +
    framed('data: [DONE]\n\n'),
};

const named = (event: { type: string; [member: string]: unknown }): string =>
  framed(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
const anthropic: Grammar = {
  begin:
    named({
      type: 'message_start',
      message: { ...MESSAGE, content: [], usage: { ...ANTHROPIC_USAGE, output_tokens: 1 } },
    }) + named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  chunk: () =>
    named({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text: ` token ${stamp()}` },
    }),
  end:
    named({ type: 'content_block_stop', index: 0 }) +
    named({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 128 },
    }) +
    named({ type: 'message_stop' }),
};

const LAST_CHUNK = '0\r\n\r\n';

function answer(socket: Socket, path: string, body: string): void {
  const isAnthropic = path.endsWith('/messages');
  const asked = /\[bench-(\d+)x(\d+)\]/.exec(body);
  if (asked === null) {
    socket.write(isAnthropic ? ANTHROPIC_WHOLE : OPENAI_WHOLE);
    return;
  }
  const grammar = isAnthropic ? anthropic : openAi;
  let left = Number(asked[1]);
  const gap_ms = Number(asked[2]);
  socket.write(STREAM_HEAD + grammar.begin);
  if (gap_ms === 0) {
    // One write each: a provider flushes every token.
    for (; left > 0; left--) socket.write(grammar.chunk());
    socket.write(grammar.end + LAST_CHUNK);
    return;
  }
  const next = (): void => {
    if (socket.destroyed) return;
    if (left-- > 0) {
      socket.write(grammar.chunk());
      setTimeout(next, gap_ms);
    } else socket.write(grammar.end + LAST_CHUNK);
  };
  setTimeout(next, gap_ms);
}

const server = createServer({ noDelay: true }, (socket) => {
  let path = '';
  let parts: Buffer[] = [];
  const read = createHttpReader({
    onHead: (head) => {
      path = head.split(' ', 2)[1] ?? '';
    },
    onBody: (bytes) => parts.push(bytes),
    onEnd: () => {
      const body = Buffer.concat(parts).toString('latin1');
      parts = [];
      if (path === '/healthz') socket.write(whole('{"ok":true}'));
      else answer(socket, path, body);
    },
  });
  socket.on('data', read);
  socket.on('error', () => socket.destroy());
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) console.log(`listening ${address.port}`);
});
// Ends with the process that started it, however that ended.
process.stdin.on('end', () => process.exit(0)).resume();
