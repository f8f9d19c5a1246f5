/** A few lines that send a first request, for one client. */
export interface Snippet {
  id: string;
  label: string;
  /** What the code block is called. */
  language: 'sh' | 'python' | 'ts' | 'toml';
  /** What has to be there before, in one line. */
  before: string | null;
  code: string;
}

interface SnippetOf {
  /** Where the gateway is, without `/v1` and without a slash at its end. */
  base_url: string;
  /** The secret, or something that stands for it: see {@link KEY_PLACEHOLDER}. */
  key: string;
  model?: string;
  /** What is asked; plain words without quotes. */
  prompt?: string;
}

/** Stands for a secret that is not shown any more. */
export const KEY_PLACEHOLDER = 'slu_…';

/** The first request in every language and tool that the console offers, in the order in which it offers them. */
export function createSnippets({
  base_url,
  key,
  model = 'gpt-4o-mini',
  prompt = 'Say hello to Sluice',
}: SnippetOf): readonly Snippet[] {
  const claude = model.includes('claude') ? model : 'claude-sonnet-4-5';
  return [
    {
      id: 'curl',
      label: 'curl',
      language: 'sh',
      before: null,
      code: `curl ${base_url}/v1/chat/completions \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "${model}",
    "messages": [{"role": "user", "content": "${prompt}"}]
  }'`,
    },
    {
      id: 'python',
      label: 'Python',
      language: 'python',
      before: 'pip install openai',
      code: `from openai import OpenAI

client = OpenAI(
    base_url="${base_url}/v1",
    api_key="${key}",
)

answer = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "${prompt}"}],
)
print(answer.choices[0].message.content)`,
    },
    {
      id: 'node',
      label: 'Node',
      language: 'ts',
      before: 'npm install openai',
      code: `import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: '${base_url}/v1',
  apiKey: '${key}',
});

const answer = await client.chat.completions.create({
  model: '${model}',
  messages: [{ role: 'user', content: '${prompt}' }],
});
console.log(answer.choices[0].message.content);`,
    },
    {
      id: 'langchain',
      label: 'LangChain',
      language: 'ts',
      before: 'npm install @langchain/openai @langchain/core',
      code: `import { ChatOpenAI } from '@langchain/openai';

const model = new ChatOpenAI({
  model: '${model}',
  apiKey: '${key}',
  configuration: { baseURL: '${base_url}/v1' },
});

console.log((await model.invoke('${prompt}')).text);`,
    },
    {
      id: 'llamaindex',
      label: 'LlamaIndex',
      language: 'ts',
      before: 'npm install @llamaindex/openai @llamaindex/core',
      code: `import { OpenAI } from '@llamaindex/openai';

const model = new OpenAI({
  model: '${model}',
  apiKey: '${key}',
  baseURL: '${base_url}/v1',
});

const { message } = await model.chat({
  messages: [{ role: 'user', content: '${prompt}' }],
});
console.log(message.content);`,
    },
    {
      id: 'anthropic',
      label: 'Anthropic SDK',
      language: 'ts',
      before: 'npm install @anthropic-ai/sdk · the address stands without /v1 here',
      code: `import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic({
  baseURL: '${base_url}',
  apiKey: '${key}',
});

const answer = await client.messages.create({
  model: '${model}',
  max_tokens: 200,
  messages: [{ role: 'user', content: '${prompt}' }],
});
console.log(answer.content);`,
    },
    {
      id: 'claude-code',
      label: 'Claude Code',
      language: 'sh',
      before: 'Give each person a key of their own: budgets and limits are theirs then.',
      code: `export ANTHROPIC_BASE_URL=${base_url}
export ANTHROPIC_AUTH_TOKEN=${key}
export ANTHROPIC_API_KEY=
export ANTHROPIC_MODEL=${claude}
claude`,
    },
    {
      id: 'codex',
      label: 'Codex',
      language: 'toml',
      before: `In ~/.codex/config.toml, with SLUICE_KEY=${key} in the environment.`,
      code: `model = "${model}"
model_provider = "sluice"

[model_providers.sluice]
name = "Sluice"
base_url = "${base_url}/v1"
env_key = "SLUICE_KEY"
wire_api = "responses"`,
    },
    {
      id: 'aider',
      label: 'aider',
      language: 'sh',
      before: 'pip install aider-chat · the model takes openai/ before its name',
      code: `export OPENAI_API_BASE=${base_url}/v1
export OPENAI_API_KEY=${key}
aider --model openai/${model}`,
    },
  ];
}
