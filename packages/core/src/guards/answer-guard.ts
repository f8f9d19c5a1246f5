import {
  type Answer,
  type AnswerChoice,
  type AnswerEvent,
  type AnswerGuard,
  type AnswerTap,
  GatewayError,
  type GuardPolicy,
  type ReasoningDetail,
} from '@sluice/contract';
import { ChannelFilter } from './channel-filter.ts';
import { type GuardRun, uncheckable } from './guard-run.ts';
import type { SideGuards } from './guard-set.ts';
import { normalText } from './normal-text.ts';
import { placeholderBegunFrom } from './placeholders.ts';
import { redactTree } from './redact-tree.ts';
import type { TextGuard } from './text-guard.ts';

/** Judges a text as a whole, notes its verdict. @throws GatewayError guard_blocked */
export type JudgeWhole = (policy: GuardPolicy, text: string, contents: string[]) => Promise<void>;

type TextEvent = Extract<AnswerEvent, { type: 'text' | 'refusal' | 'reasoning' | 'tool_arguments' }>;

interface Channel {
  filter: ChannelFilter;
  /** Its last event: what is let go later goes out in its shape. */
  last: TextEvent;
  /** Text that may be the beginning of a placeholder that is given back. */
  tail: string;
}

/** The guards of one answer, streamed or whole. */
export class OutputGuard implements AnswerGuard {
  blocked: GatewayError | null = null;
  text = '';
  /** Shown what may be kept: values replaced, and none given back. */
  tap: AnswerTap | null = null;
  #contents: string[] = [];
  readonly #run: GuardRun;
  readonly #judgeWhole: JudgeWhole;
  /** Those that change or end the answer, and so must see a text before it is shown. */
  readonly #strict: SideGuards['text'];
  readonly #flagging: SideGuards['text'];
  readonly #whole: readonly GuardPolicy[];
  readonly #channels = new Map<string, Channel>();
  /** Of each choice, the run of text that is being written. */
  readonly #open = new Map<number, string>();
  /** Events that wait until the whole answer is judged; `null` = none has to. */
  #held: AnswerEvent[] | null;
  /** Choices whose reasoning is no longer what was signed. */
  readonly #unsigned = new Set<number>();

  constructor({ text, whole }: SideGuards, run: GuardRun, judgeWhole: JudgeWhole) {
    this.#run = run;
    this.#judgeWhole = judgeWhole;
    this.#strict = text.filter(({ policy }) => policy.action !== 'flag');
    this.#flagging = text.filter(({ policy }) => policy.action === 'flag');
    this.#whole = whole;
    this.#held = whole.some(({ action }) => action === 'block') ? [] : null;
  }

  push(event: AnswerEvent): AnswerEvent[] {
    if (this.blocked !== null) return [];
    try {
      const shown = this.#take(event);
      if (!TEXTS.has(event.type)) this.tap?.events(shown.filter(({ type }) => type === event.type));
      if (this.#held === null) return shown;
      // What says nothing yet keeps the client's connection alive.
      if (event.type === 'start' || event.type === 'usage') return shown;
      this.#held.push(...shown);
      return [];
    } catch (error) {
      this.#refuse(error);
      return [];
    }
  }

  async finish(complete: boolean): Promise<AnswerEvent[]> {
    if (this.blocked !== null || !complete) return [];
    try {
      const rest: AnswerEvent[] = [];
      for (const choice of this.#open.keys()) this.#flush(choice, rest);
      await this.#conclude();
      return this.#held === null ? rest : [...this.#held, ...rest];
    } catch (error) {
      this.#refuse(error);
      return [];
    }
  }

  restart(): void {
    this.text = '';
    this.#contents = [];
    this.#channels.clear();
    this.#open.clear();
    this.#unsigned.clear();
    if (this.#held !== null) this.#held = [];
  }

  async judge(answer: Answer): Promise<Answer> {
    try {
      const choices = answer.choices.map((choice) => this.#redactChoice(choice));
      this.tap?.answer({ ...answer, choices });
      await this.#conclude();
      return { ...answer, choices: choices.map((choice) => this.#restoreChoice(choice)) };
    } catch (error) {
      this.#refuse(error);
      return answer;
    }
  }

  #refuse(error: unknown): void {
    const strict = this.#strict[0]?.policy ?? this.#whole[0];
    if (error instanceof GatewayError) this.blocked = error;
    else if (strict === undefined) throw error;
    else this.blocked = uncheckable(strict, 'output');
    this.#held = this.#held === null ? null : [];
  }

  /** Guards that only tell, and those that need all of it. */
  async #conclude(): Promise<void> {
    for (const guard of this.#flagging) this.#flag(guard);
    for (const policy of this.#whole) await this.#judgeWhole(policy, this.text, this.#contents);
  }

  #flag(guard: TextGuard): void {
    const { policy } = guard;
    for (const hit of this.#run.find(normalText(this.text), [guard], 'output'))
      this.#run.note(policy, 'output', 'flag', hit.type);
  }

  #take(event: AnswerEvent): AnswerEvent[] {
    switch (event.type) {
      case 'text':
      case 'refusal':
      case 'reasoning':
      case 'tool_arguments':
        return this.#takeText(event);
      case 'start':
      case 'usage':
      case 'error':
        return [event];
      // It repeats the text, token by token.
      case 'logprobs':
        return this.#strict.length > 0 ? [] : [event];
      case 'image':
        return [event];
      case 'annotation':
        return [...this.#flushed(event.choice), { ...event, annotation: this.#redactTree(event.annotation) }];
      case 'reasoning_detail':
        return [...this.#flushed(event.choice), ...this.#detail(event)];
      case 'tool_call':
      case 'finish':
        return [...this.#flushed(event.choice), event];
    }
  }

  #takeText(event: TextEvent): AnswerEvent[] {
    const out: AnswerEvent[] = [];
    const name = nameOf(event);
    const open = this.#open.get(event.choice);
    if (open !== name) {
      if (open !== undefined) this.#flush(event.choice, out);
      this.#open.set(event.choice, name);
    }
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      const filter = new ChannelFilter(this.#strict, this.#run, event.type === 'tool_arguments');
      channel = { filter, last: event, tail: '' };
      this.#channels.set(name, channel);
    }
    channel.last = event;
    this.#let(channel, event.text, false, out);
    return out;
  }

  #flushed(choice: number): AnswerEvent[] {
    const out: AnswerEvent[] = [];
    this.#flush(choice, out);
    return out;
  }

  #flush(choice: number, out: AnswerEvent[]): void {
    const name = this.#open.get(choice);
    const channel = name === undefined ? undefined : this.#channels.get(name);
    if (channel !== undefined) this.#let(channel, '', true, out);
  }

  #let(channel: Channel, text: string, final: boolean, out: AnswerEvent[]): void {
    const { last, filter } = channel;
    const redactions = last.type === 'reasoning' ? this.#redactions() : 0;
    const safe = this.#strict.length === 0 ? text : filter.push(text, final);
    if (last.type === 'reasoning' && this.#redactions() > redactions) this.#unsigned.add(last.choice);
    this.#record(last, safe);
    if (safe !== '') this.tap?.events([{ ...last, text: safe }]);
    let shown = safe;
    if (this.#run.placeholders.restores) {
      const all = channel.tail + safe;
      const begun = final ? all.length : placeholderBegunFrom(all);
      shown = this.#run.placeholders.restore(all.slice(0, begun), last.type === 'tool_arguments');
      channel.tail = all.slice(begun);
    }
    if (shown !== '') out.push({ ...last, text: shown });
  }

  /** Text and arguments are what is kept and judged; reasoning is neither. */
  #record(event: TextEvent, text: string): void {
    if (event.type === 'reasoning') return;
    if (event.type === 'text') this.#contents[event.choice] = (this.#contents[event.choice] ?? '') + text;
    this.text += text;
  }

  #redactions(): number {
    let sum = 0;
    for (const { side, action, found } of this.#run.verdicts)
      if (side === 'output' && action === 'redact') for (const count of Object.values(found)) sum += count;
    return sum;
  }

  #detail(event: Extract<AnswerEvent, { type: 'reasoning_detail' }>): AnswerEvent[] {
    const detail = this.#redactDetail(event.detail);
    if (this.#unsigned.has(event.choice) && detail.signature) return [];
    return [{ ...event, detail }];
  }

  #redactDetail(detail: ReasoningDetail): ReasoningDetail {
    const { text, summary } = detail;
    const safe = { ...detail };
    if (typeof text === 'string') safe.text = this.#redact(text, false);
    if (typeof summary === 'string') safe.summary = this.#redact(summary, false);
    if (safe.text !== text || safe.summary !== summary) safe.signature = null;
    return safe;
  }

  readonly #redact = (text: string, json: boolean): string =>
    this.#run.redact(text, this.#strict, 'output', json);

  #redactTree(value: unknown): unknown {
    return redactTree(value, this.#redact, true);
  }

  #redactChoice(choice: AnswerChoice): AnswerChoice {
    const content = choice.content === null ? null : this.#redact(choice.content, false);
    const refusal = choice.refusal === null ? null : this.#redact(choice.refusal, false);
    const tool_calls = choice.tool_calls.map((call) => {
      const { arguments: text } = redactTree(call.function, this.#redact) as { arguments: string };
      return { ...call, function: { ...call.function, arguments: text } };
    });
    const said = [content, refusal, ...tool_calls.map((call) => call.function.arguments)];
    this.text += said.filter((one) => one !== null).join('\n');
    this.#contents.push(content ?? '');
    return {
      ...choice,
      content,
      refusal,
      tool_calls,
      reasoning: choice.reasoning.map((detail) => this.#redactDetail(detail)),
      annotations: choice.annotations.map((one) => this.#redactTree(one)),
      logprobs: this.#strict.length > 0 ? null : choice.logprobs,
    };
  }

  #restoreChoice(choice: AnswerChoice): AnswerChoice {
    const { placeholders } = this.#run;
    if (!placeholders.restores) return choice;
    const restore = (text: string | null): string | null =>
      text === null ? null : placeholders.restore(text, false);
    return {
      ...choice,
      content: restore(choice.content),
      refusal: restore(choice.refusal),
      reasoning: choice.reasoning.map((one) =>
        typeof one.text === 'string' ? { ...one, text: placeholders.restore(one.text, false) } : one,
      ),
      tool_calls: choice.tool_calls.map((call) => ({
        ...call,
        function: { ...call.function, arguments: placeholders.restore(call.function.arguments, true) },
      })),
    };
  }
}

const TEXTS: ReadonlySet<AnswerEvent['type']> = new Set(['text', 'refusal', 'reasoning', 'tool_arguments']);

const nameOf = (event: TextEvent): string =>
  `${event.type}:${event.choice}:${'index' in event ? event.index : 0}`;
