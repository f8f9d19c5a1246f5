import type { ChatRequest, ContentPart, Message } from '@sluice/contract';

/** What is read off a request, each 0 to 1. Words are counted in what the user said last; the rest in all of it. */
export interface RequestSignals {
  /** Characters of the last user message, logarithmic: 0 at 20, 1 from 600 on: what comes beyond is mostly material. */
  length: number;
  /** Messages before the last one, 1 from eight on. */
  turns: number;
  code: number;
  mathematics: number;
  /** Tools that it brings, 1 from ten on. */
  tools: number;
  vision: number;
  json: number;
  /** Prove, derive, show that. */
  proof: number;
  /** Verbs of analysis and design. */
  deep_words: number;
  /** Verbs of explanation, comparison and making. */
  work_words: number;
  /** A word that names a small task: translate, classify, fix the spelling, greet. */
  small_words: number;
  /** Conditions that the answer must keep, 1 from six on. */
  constraints: number;
  /** Asked-for length of the answer: 0 a word, 0.5 nothing said, 1 thousands of words. */
  long_output: number;
  brief_output: number;
  /** Field words of experts. */
  expert_words: number;
  /** A short question for a fact. */
  fact: number;
}

export const SIGNAL_NAMES = [
  'length',
  'turns',
  'code',
  'mathematics',
  'tools',
  'vision',
  'json',
  'proof',
  'deep_words',
  'work_words',
  'small_words',
  'constraints',
  'long_output',
  'brief_output',
  'expert_words',
  'fact',
] as const satisfies (keyof RequestSignals)[];

/** 20 to 600 characters on a logarithmic scale. */
const LENGTH_SPAN = Math.log10(30);
/** More of a text says little more about how hard it is; the head holds the task, the tail the question. */
const HEAD_CHARS = 3000;
const TAIL_CHARS = 1000;

const CODE =
  /```|\b(?:function|const|def|class|import|return|public|select .{1,80}from|async|npm|sql|python|javascript|typescript|java|rust|golang|c\+\+|cuda|react|docker\w*|kubernetes|regex|regular expression|css|html|bash|script|query|api|schema|compiler|algorithm|pandas|code|unit tests?|repository|pull request)\b|\bgo \w+ handler\b|函数|コード|función|fonction|skript/gi;
const MATHEMATICS =
  /\$[^$]{2,}\$|\\(?:frac|sqrt|int|sum)|\b(?:integral|theorem|lemma|equations?|derivative|probability|matrix|eigen\w*|prime|polynomial|solve for|integer solutions|expected (?:value|number)|variance|deviation|irrational|converges?|induction|compound\w*|percent|bias and mse|hilbert|group of order|functions? f|bewei\w+|démontre\w*|demuestra|wahrscheinlichkeit)\b|[²³√∫∑]|\b[xyzfn]\s?\^\s?\d|证明|证|矩阵|概率|求面积|周长/gi;
const PROOF =
  /\b(?:prove|proof|disprove|derive|derivation|rigorous\w*|show that|bewei\w+|démontrez|demuestra|leite\b.{0,120}\bher)\b|证明|论证/gi;
const DEEP =
  /\b(?:justify|generali[sz]e|evaluate|critical\w*|critique|analy[sz]e|analysis|assess|architect\w*|design|optimi[sz]e\w*|trade-?offs?|refactor|debug|deadlock\w*|race|root cause|investigate|strategy|synthesi[sz]\w*|comprehensive|in-depth|hypothes[ie]s|failure modes|complexity|correctness|consistency|lock-free|thread-safe|identify|reconstruct|redesign|migrat\w+|implement|propose|develop|reason about|recommend a|deduce|determine all|work (?:through|out)|audit|threats?|root|vulnerabilit\w+|reproduce|bisect|analysier\w*|entw[iu]rf\w*|entwickle|bewerte|diskutier\w*|gutachten|analyse\w*|évalu\w+|concevez|compromis|evalúa|analiza|diseñ\w+|implementa|justifica|kritisch)\b|设计|分析|权衡|設計|分析|トレードオフ/gi;
const WORK =
  /\b(?:explain\w*|compare|difference|write|draft|create|plan|describe|suggest an|summari[sz]e|rewrite|improve|show|why|how (?:do|does|can|should|long|much)|pros and cons|steps?|example|calculate|checklist|table|prepare|list (?:every|the three)|group these|extract all|localise|look up|find|search|solve|erkläre|schreibe|erstelle|vergleich\w*|unterschied|fasse|zeige|explique\w*|écris|rédige|explica|escribe|traduce|calcul\w+)\b|解释|说明|写|説明|利点/gi;
const SMALL =
  /\b(?:translate (?:"|to|into)|how do you say|synonym|spelling|grammar|capitali[sz]e|alphabetical|rhyme|joke|one word|label|classify|sentiment|positive or negative|yes or no|true or false|is this|is the following|which language|thanks?|hello|hi|good morning|title|short|name (?:a|for|three)|define|stand for|convert|polite|past tense|tl;dr|one sentence|übersetze|kurzen|corto|in einem satz|traduis|traduce|ist diese|list the names|the (?:email|phone|date|word|command|product)|timer|weather|play|turn o(?:n|ff))\b|翻译/gi;
const FACT =
  /^(?:what|who|when|where|which|how (?:many|tall|old|far|much|do i)|is|are|does|wie viele|was ist|wo|wer|wann|quelle?s? (?:est|sont)|qui|qual|quem|quanti|cuál|¿cuál|¿dónde|¿quién|git command)\b|(?:どこ|哪里|谁|几)/i;
const CONSTRAINT =
  /^\s*(?:[-*•]|\d+[.)])\s|\b(?:must|should|without|at least|at most|under|with(?:in)?|including|include|ensure|keep|avoid|only|exactly|each|every|between|and then|then|also|handling|cover|mit|ohne|inklusive|avec|sans|con|sin)\b|[;:]/gim;
const LONG =
  /\b(?:[1-9],?\d{3} (?:words|wörter)|white paper|chapter|proposal|essay|report|gutachten|complete|comprehensive|detailed|in-depth|ausführlich\w*|paragraphs|roadmap|literature review|agreement|sequence)\b|详细/gi;
const BRIEF =
  /\b(?:one word|one sentence|one-line|briefly|be brief|short|shorten|only|tweet|yes or no|true or false|at most \w+ words|five words|title|exactly one of|in einem satz|kurz\w*|corto|tl;dr)\b/gi;
const EXPERT =
  /\b(?:distributed|concurren\w+|consensus|linearizable|causal\w*|bayesian|equilibrium|quantum|kernel|asymptotic|stochastic|econometric\w*|gdpr|liability|constitutional|differential|pharmacokinetic|isolation|partition\w*|throughput|latency|multi-tenant|microservices|compiler|crdt|raft|goroutines?|atomic|memory ordering|valuation|margin|estimat\w+|identification|confound\w*|priors?|equations?|stability|mechanism|interleav\w+|invariants?|production|incumbents?|regulation|regulación|macroeconomic|clinical|autonomous\w*|contingency|second-order|sensitivity|post-mortem|iam|privilege|architektur|arquitectura|architecture|rgpd|haftung|crise|unsicherheit)\b|架构|一致性|整合性/gi;

/** Counted up to `max`, as a share of it: one pass that stops early. */
function share(pattern: RegExp, text: string, max: number): number {
  pattern.lastIndex = 0;
  let count = 0;
  while (count < max && pattern.test(text)) count++;
  return count / max;
}

/** Reads the signals of a chat. Pure; looks at no more than 4,000 characters of the last user message. */
export function readSignals(chat: ChatRequest): RequestSignals {
  const { messages } = chat;
  const last = lastUserText(messages);
  const text =
    last.length > HEAD_CHARS + TAIL_CHARS ? `${last.slice(0, HEAD_CHARS)}\n${last.slice(-TAIL_CHARS)}` : last;
  const system = systemText(messages);
  // A character of Chinese or Japanese says as much as about three of an alphabet.
  const weight = /[\u3040-\u30ff\u4e00-\u9fff]/.test(text) ? 3 : 1;
  const length = Math.min(1, Math.max(0, Math.log10((last.length * weight + 1) / 20) / LENGTH_SPAN));
  return {
    length,
    turns: Math.min(1, Math.max(0, messages.length - 1) / 8),
    code: share(CODE, text, 4),
    mathematics: share(MATHEMATICS, text, 3),
    tools: Math.min(1, (chat.tools?.length ?? 0) / 10),
    vision: hasPart(messages, 'image_url') ? 1 : 0,
    json:
      chat.response_format?.type === 'json_schema' || chat.response_format?.type === 'json_object' ? 1 : 0,
    proof: share(PROOF, text, 1),
    deep_words: share(DEEP, text, 4),
    work_words: share(WORK, text, 3),
    small_words: share(SMALL, text, 2),
    constraints: share(CONSTRAINT, text, 8),
    long_output: share(LONG, text, 2),
    brief_output: Math.max(share(BRIEF, text, 1), share(BRIEF, system, 1)),
    expert_words: share(EXPERT, text, 4),
    fact: last.length * weight < 120 && FACT.test(text) ? 1 : 0,
  };
}

function lastUserText(messages: readonly Message[]): string {
  for (let at = messages.length - 1; at >= 0; at--) {
    const message = messages[at];
    if (message?.role === 'user') return textOf(message.content);
  }
  return '';
}

function systemText(messages: readonly Message[]): string {
  const first = messages[0];
  return first?.role === 'system' || first?.role === 'developer'
    ? textOf(first.content).slice(0, HEAD_CHARS)
    : '';
}

function textOf(content: string | ContentPart[]): string {
  if (typeof content === 'string') return content;
  let text = '';
  for (const part of content) if (part.type === 'text') text += text === '' ? part.text : `\n${part.text}`;
  return text;
}

/** Whether any message brings a part of this kind. */
export function hasPart(messages: readonly Message[], type: ContentPart['type']): boolean {
  for (const { content } of messages)
    if (Array.isArray(content)) for (const part of content) if (part.type === type) return true;
  return false;
}
