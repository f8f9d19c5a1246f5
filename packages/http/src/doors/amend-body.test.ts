import { describe, expect, it } from 'vitest';
import { amendChatBody, amendCountBody, amendMessagesBody, amendResponsesBody } from './amend-body.ts';

const changes = { system_prompt: 'Be "kind".', temperature: 0.2 };

describe('an assistant in a client’s own body', () => {
  it('chat: becomes the first message, and every other byte stays', () => {
    const body = '{"model":"m","seed":12345678901234567890, "messages": [ {"role":"user","content":"hi"} ]}';
    expect(amendChatBody(body, changes)).toBe(
      '{"model":"m","seed":12345678901234567890, "messages": [{"role":"system","content":"Be \\"kind\\"."}, {"role":"user","content":"hi"} ],"temperature":0.2}',
    );
  });

  it('chat: goes into a system message that is there, so that there is one', () => {
    const body = {
      messages: [
        { role: 'developer', content: 'Answer in French.', name: 'x' },
        { role: 'user', content: 'hi' },
      ],
    };
    expect(JSON.parse(amendChatBody(JSON.stringify(body), changes)).messages).toEqual([
      { role: 'developer', content: 'Be "kind".\n\nAnswer in French.', name: 'x' },
      { role: 'user', content: 'hi' },
    ]);
    const parts = { messages: [{ role: 'system', content: [{ type: 'text', text: 'a' }] }] };
    expect(JSON.parse(amendChatBody(JSON.stringify(parts), changes)).messages[0].content).toEqual([
      { type: 'text', text: 'Be "kind".' },
      { type: 'text', text: 'a' },
    ]);
  });

  it('messages: goes before the text or the blocks of system', () => {
    const amended = (body: object) => JSON.parse(amendMessagesBody(JSON.stringify(body), changes));
    expect(amended({ messages: [] }).system).toBe('Be "kind".');
    expect(amended({ system: 'Own.', messages: [] }).system).toBe('Be "kind".\n\nOwn.');
    const cached = { type: 'text', text: 'Own.', cache_control: { type: 'ephemeral' } };
    expect(amended({ system: [cached] }).system).toEqual([{ type: 'text', text: 'Be "kind".' }, cached]);
  });

  it('a count of tokens gets the prompt and no temperature', () => {
    expect(JSON.parse(amendCountBody('{"messages":[]}', changes))).toEqual({
      messages: [],
      system: 'Be "kind".',
    });
  });

  it('responses: goes before the instructions', () => {
    const amended = (body: object) => JSON.parse(amendResponsesBody(JSON.stringify(body), changes));
    expect(amended({ input: 'hi' })).toEqual({ input: 'hi', temperature: 0.2, instructions: 'Be "kind".' });
    expect(amended({ instructions: null }).instructions).toBe('Be "kind".');
    expect(amended({ instructions: 'Own.' }).instructions).toBe('Be "kind".\n\nOwn.');
  });
});
